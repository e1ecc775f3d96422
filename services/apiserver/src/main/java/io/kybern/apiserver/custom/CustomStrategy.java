package io.kybern.apiserver.custom;

import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.ScalePaths;
import io.kybern.apiserver.registry.Values;
import io.kybern.schema.structural.EmbeddedResources;
import io.kybern.schema.structural.ListTypes;
import io.kybern.schema.structural.SimplePath;
import io.kybern.schema.structural.ValueValidator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What holds for the objects of one version of a custom resource; see "Custom Resources" in the Kubernetes documentation. */
final class CustomStrategy extends GenericStrategy {

    private static final Set<FieldError.Type> BLOCKING = EnumSet.of(
            FieldError.Type.NOT_SUPPORTED,
            FieldError.Type.REQUIRED,
            FieldError.Type.TOO_LONG,
            FieldError.Type.TOO_MANY,
            FieldError.Type.TYPE_INVALID);

    private final CustomVersion version;
    private final ValueValidator values;
    private final ValueValidator statusValues;
    private final ScaleRules scale;
    private final List<SimplePath> selectable;
    private final boolean hasStatus;

    CustomStrategy(CustomVersion version) {
        super(version.type(), new CustomTable(version.declared().path("additionalPrinterColumns")));
        this.version = version;
        this.hasStatus = version.type().has("status");
        this.values = new ValueValidator(version.schema(), "");
        this.statusValues =
                new ValueValidator(version.schema().path("properties").path("status"), "status");
        this.scale = new ScaleRules(version.declared().path("subresources").path("scale"));
        this.selectable = version.selectable();
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode object) {
        return MetadataValidator.finalizerWarnings(KubeObject.finalizers(object), List.of());
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode object, ObjectNode old) {
        return MetadataValidator.finalizerWarnings(KubeObject.finalizers(object), KubeObject.finalizers(old));
    }

    @Override
    public void prepareForCreate(ObjectNode object, RequestScope scope) {
        if (version.resource().terminating()) {
            throw ApiException.forbidden(
                    type().groupResource(),
                    KubeObject.name(object),
                    "create not allowed while custom resource definition is terminating");
        }
        super.prepareForCreate(object, scope);
    }

    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {
        if (hasStatus) {
            copy("status", old, object);
        }
        long generation = KubeObject.generation(old);
        boolean changed = !Values.equalExcept(object, old, List.of("metadata"));
        if (changed || generation > 0) {
            KubeObject.metadata(object).put("generation", changed ? generation + 1 : generation);
        }
    }

    @Override
    protected void validate(ObjectNode object, List<FieldError> errors) {
        errors.addAll(values.validate(object));
        scale.validate(object, errors);
        errors.addAll(EmbeddedResources.validate(object, version.structural()));
        errors.addAll(ListTypes.validate(object, version.structural()));
        rules(object, null, errors, warning -> {});
    }

    /** Rules may rely on what the schema says, so they are not asked of what breaks it. */
    private void rules(
            ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors, Consumer<String> warnings) {
        if (version.rules().isEmpty()) {
            return;
        }
        if (errors.stream().anyMatch(each -> BLOCKING.contains(each.type()))) {
            errors.add(FieldError.invalid(
                    FieldPath.of("<nil>"),
                    null,
                    "some validation rules were not checked because the object was invalid; correct the"
                            + " existing errors to complete validation"));
        } else {
            errors.addAll(version.rules().validate(object, old, warnings));
        }
    }

    @Override
    protected void validateChange(
            ObjectNode object, ObjectNode old, List<FieldError> errors, Consumer<String> warnings) {
        errors.addAll(values.validateUpdate(object, old));
        scale.validate(object, errors);
        errors.addAll(EmbeddedResources.validate(object, version.structural()));
        if (ListTypes.validate(old, version.structural()).isEmpty()) {
            errors.addAll(ListTypes.validate(object, version.structural()));
        }
        rules(object, old, errors, warnings);
    }

    @Override
    protected void validateStatus(
            ObjectNode object, ObjectNode old, List<FieldError> errors, Consumer<String> warnings) {
        JsonNode status = object.get("status");
        if (status != null) {
            JsonNode before = old.path("status");
            errors.addAll(
                    before.isMissingNode()
                            ? statusValues.validate(status)
                            : statusValues.validateUpdate(status, before));
        }
        scale.validateStatus(object, errors);
        if (ListTypes.validate(old, version.structural()).isEmpty()) {
            errors.addAll(ListTypes.validate(object, version.structural()));
        }
        rules(object, old, errors, warnings);
    }

    @Override
    protected void prepareStatusMetadata(ObjectNode object, JsonNode metadata) {
        // writers of the status change nothing else
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    public boolean rewrites() {
        return true;
    }

    @Override
    public ObjectNode shown(ObjectNode kept) {
        return version.resource().shown(kept, version);
    }

    @Override
    public List<ObjectNode> shown(List<ObjectNode> kept) {
        return version.resource().shown(kept, version);
    }

    @Override
    public ObjectNode kept(ObjectNode shown) {
        return version.resource().kept(shown);
    }

    @Override
    public boolean renamesFields() {
        return version.resource().renamesFields();
    }

    @Override
    public ObjectNode renamed(ObjectNode object, String apiVersion) {
        return version.resource().converted(object, apiVersion);
    }

    @Override
    public Optional<ScalePaths> scale() {
        return scale.paths();
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        Map<String, String> fields = new HashMap<>(super.selectableFields(object));
        selectable.forEach(each -> fields.put(each.label(), each.in(object).asString("")));
        return fields;
    }

    @Override
    public Set<String> supportedFieldLabels() {
        Set<String> labels = new LinkedHashSet<>(super.supportedFieldLabels());
        selectable.forEach(each -> labels.add(each.label()));
        return labels;
    }

    @Override
    public String deprecation() {
        if (!version.declared().path("deprecated").asBoolean(false)) {
            return "";
        }
        String own = version.declared().path("deprecationWarning").asString("");
        return own.isEmpty() ? "%s %s is deprecated".formatted(type().gvr().apiVersion(), type().kind()) : own;
    }
}
