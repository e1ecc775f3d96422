package io.kybern.apiserver.registry.extensions;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** CustomResourceDefinitions; see "Extend the Kubernetes API with CustomResourceDefinitions". */
public final class DefinitionStrategy extends GenericStrategy {

    private static final int HTTPS = 443;

    /** The definitions of the API. */
    public DefinitionStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode definition) {
        if (!(definition.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        ObjectNode names = Absent.object(spec, "names");
        String kind = names.path("kind").asString("");
        if (names.path("singular").asString("").isEmpty() && !kind.isEmpty()) {
            names.put("singular", kind.toLowerCase(Locale.ROOT));
        }
        if (names.path("listKind").asString("").isEmpty() && !kind.isEmpty()) {
            names.put("listKind", kind + "List");
        }
        if (!spec.path("conversion").isObject()) {
            spec.putObject("conversion").put("strategy", "None");
        }
        JsonNode service =
                spec.path("conversion").path("webhook").path("clientConfig").path("service");
        if (service instanceof ObjectNode reference && !reference.has("port")) {
            reference.put("port", HTTPS);
        }
        for (JsonNode version : spec.path("versions")) {
            // what is not true is not written
            for (String flag : List.of("deprecated")) {
                if (version instanceof ObjectNode object && !object.path(flag).asBoolean(true)) {
                    object.remove(flag);
                }
            }
        }
        if (spec.has("preserveUnknownFields")
                && !spec.path("preserveUnknownFields").asBoolean(false)) {
            spec.remove("preserveUnknownFields");
        }
    }

    @Override
    protected void initialStatus(ObjectNode definition) {
        ObjectNode status = definition.putObject("status");
        status.putNull("conditions");
        status.putObject("acceptedNames").put("plural", "").put("kind", "");
        status.putArray("storedVersions");
        rememberStoredVersion(definition);
    }

    @Override
    public void prepareForUpdate(ObjectNode definition, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(definition, old, scope);
        rememberStoredVersion(definition);
    }

    /** From now on there may be objects of the storage version. */
    private static void rememberStoredVersion(ObjectNode definition) {
        ObjectNode status = Absent.object(definition, "status");
        ArrayNode stored =
                status.get("storedVersions") instanceof ArrayNode list ? list : status.putArray("storedVersions");
        for (JsonNode version : definition.path("spec").path("versions")) {
            if (version.path("storage").asBoolean(false)) {
                String name = version.path("name").asString("");
                for (JsonNode each : stored) {
                    if (each.asString("").equals(name)) {
                        return;
                    }
                }
                stored.add(name);
                return;
            }
        }
    }

    /** Its objects go first: a finalizer says so. */
    @Override
    public boolean prepareForDelete(ObjectNode definition, Instant now) {
        ObjectNode metadata = KubeObject.metadata(definition);
        if (!KubeObject.finalizers(definition).contains(Conditions.CLEANUP)) {
            ArrayNode finalizers =
                    metadata.get("finalizers") instanceof ArrayNode list ? list : metadata.putArray("finalizers");
            finalizers.add(Conditions.CLEANUP);
        }
        Conditions.set(
                definition,
                new Conditions.Condition(
                        "Terminating",
                        "True",
                        "InstanceDeletionPending",
                        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"),
                now);
        return true;
    }

    @Override
    protected void validate(ObjectNode definition, List<FieldError> errors) {
        new DefinitionValidator(definition, null, errors).validate();
    }

    @Override
    protected void validateChange(ObjectNode definition, ObjectNode old, List<FieldError> errors) {
        new DefinitionValidator(definition, old, errors).validate();
    }

    @Override
    protected void validateStatus(ObjectNode definition, ObjectNode old, List<FieldError> errors) {
        DefinitionNames.validate(
                definition.path("status").path("acceptedNames"),
                io.kybern.api.validation.FieldPath.of("status", "acceptedNames"),
                errors);
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode definition) {
        return List.copyOf(warnings(definition));
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode definition, ObjectNode old) {
        Set<String> fresh = warnings(definition);
        fresh.removeAll(warnings(old));
        return List.copyOf(fresh);
    }

    private static Set<String> warnings(ObjectNode definition) {
        Set<String> warnings = new TreeSet<>();
        for (JsonNode version : definition.path("spec").path("versions")) {
            SchemaWarnings.collect(version.path("schema").path("openAPIV3Schema"), warnings);
        }
        return warnings;
    }
}
