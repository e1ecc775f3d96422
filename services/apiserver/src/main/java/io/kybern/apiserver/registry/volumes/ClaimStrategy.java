package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.TreeDiff;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PersistentVolumeClaims: hardly anything changes once they are made. */
public final class ClaimStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath RESOURCES = FieldPath.of("spec", "resources");
    private static final String CLASS = "storageClassName";
    private static final String ATTRIBUTES = "volumeAttributesClassName";
    private static final String SOURCE = "dataSource";
    private static final String SOURCE_REF = "dataSourceRef";

    /** The claims of the API. */
    public ClaimStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    /** Sets the defaults of a claim, also of one that a StatefulSet makes its claims from. */
    public static void defaults(ObjectNode claim) {
        Absent.text(Absent.object(claim, "spec"), "volumeMode", "Filesystem");
        Absent.text(Absent.object(claim, "status"), "phase", "Pending");
    }

    @Override
    public void applyDefaults(ObjectNode claim) {
        defaults(claim);
    }

    @Override
    protected void initialStatus(ObjectNode claim) {
        claim.putObject("status").put("phase", "Pending");
    }

    @Override
    protected void validate(ObjectNode claim, List<FieldError> errors) {
        ClaimSpecValidator.validate(claim.path("spec"), SPEC, errors);
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode claim) {
        List<String> warnings = new ArrayList<>(ClassAnnotation.warnings(claim));
        warnings.addAll(ClaimWarnings.of(claim.path("spec"), SPEC));
        return warnings;
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode claim, ObjectNode old) {
        return warningsOnCreate(claim);
    }

    @Override
    public void prepareForCreate(ObjectNode claim, RequestScope scope) {
        super.prepareForCreate(claim, scope);
        Absent.with(claim, "spec", spec -> {
            dropUnknownSource(spec);
            sameSources(spec);
        });
    }

    @Override
    public void prepareForUpdate(ObjectNode claim, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(claim, old, scope);
        JsonNode before = old.path("spec");
        Absent.with(claim, "spec", spec -> {
            if (!before.has(SOURCE) && !before.has(SOURCE_REF)) {
                dropUnknownSource(spec);
            }
            sameSources(spec);
        });
    }

    /** What the older field cannot name is passed over, as it always was. */
    private static void dropUnknownSource(ObjectNode spec) {
        JsonNode source = spec.path(SOURCE);
        String kind = source.path("kind").asString("");
        String group = source.path("apiGroup").asString("");
        boolean known = kind.equals("PersistentVolumeClaim") && group.isEmpty()
                || kind.equals("VolumeSnapshot") && group.equals("snapshot.storage.k8s.io");
        if (!spec.has(SOURCE_REF) && !known) {
            spec.remove(SOURCE);
        }
    }

    /** The older and the newer field say the same where the older one can. */
    private static void sameSources(ObjectNode spec) {
        if (spec.has(SOURCE) && !spec.has(SOURCE_REF)) {
            spec.set(SOURCE_REF, spec.get(SOURCE).deepCopy());
        } else if (spec.has(SOURCE_REF)
                && !spec.has(SOURCE)
                && spec.path(SOURCE_REF).path("namespace").asString("").isEmpty()) {
            spec.set(SOURCE, spec.get(SOURCE_REF).deepCopy());
            Absent.with(spec, SOURCE, source -> source.remove("namespace"));
        }
    }

    @Override
    protected void validateChange(ObjectNode claim, ObjectNode old, List<FieldError> errors) {
        validateAnew(claim, old, errors);
        ObjectNode now = Absent.object(claim.deepCopy(), "spec");
        ObjectNode before = Absent.object(old.deepCopy(), "spec");
        if (before.path("volumeName").asString("").isEmpty()) {
            // once, the binder may say which volume it is
            copy("volumeName", now, before);
        }
        classes(claim, old, now, errors);
        boolean bound = claim.path("status").path("phase").asString("").equals("Bound");
        JsonNode size = before.path("resources").path("requests").path("storage");
        if (bound && now.path("resources").path("requests") instanceof ObjectNode requests && size.isString()) {
            requests.set("storage", size);
        }
        if (bound && now.has(ATTRIBUTES)) {
            copy(ATTRIBUTES, before, now);
        }
        if (!Values.same(now, before)) {
            errors.add(FieldError.forbidden(
                    SPEC,
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound"
                            + " claims\n" + TreeDiff.of(before, now)));
        }
        shrinking(claim, old, errors);
        JsonNode wanted = claim.path("spec");
        JsonNode was = old.path("spec");
        Values.immutable(wanted.path("volumeMode"), was.path("volumeMode"), FieldPath.of("volumeMode"), errors);
        if (was.has(ATTRIBUTES) && !wanted.has(ATTRIBUTES)) {
            errors.add(FieldError.forbidden(SPEC.child(ATTRIBUTES), "update from non-nil value to nil is forbidden"));
        } else if (was.has(ATTRIBUTES)
                && !was.path(ATTRIBUTES).equals(wanted.path(ATTRIBUTES))
                && wanted.path(ATTRIBUTES).asString("").isEmpty()) {
            errors.add(FieldError.forbidden(
                    SPEC.child(ATTRIBUTES), "update from non-nil value to an empty string is forbidden"));
        }
    }

    /** The class may be moved from the annotation to the field, and given to a claim that has none. */
    private static void classes(ObjectNode claim, ObjectNode old, ObjectNode now, List<FieldError> errors) {
        String before = ClassAnnotation.of(old);
        String after = ClassAnnotation.of(claim);
        String named = now.path(CLASS).asString("");
        boolean without = !old.path("spec").has(CLASS);
        boolean moved = !before.isEmpty() && without && named.equals(before);
        if (moved && (after.isEmpty() || after.equals(before))) {
            now.remove(CLASS);
            return;
        }
        if (!before.equals(after)) {
            errors.add(FieldError.invalid(
                    FieldPath.of("metadata", "annotations").child(ClassAnnotation.NAME), after, "field is immutable"));
        }
        if (without && (before.isEmpty() || moved)) {
            now.remove(CLASS);
        }
    }

    private static void shrinking(JsonNode claim, JsonNode old, List<FieldError> errors) {
        Optional<Quantity> now = storage(claim.path("spec").path("resources").path("requests"));
        Optional<Quantity> before = storage(old.path("spec").path("resources").path("requests"));
        Quantity capacity = storage(old.path("status").path("capacity")).orElse(Quantity.ZERO);
        boolean smaller = now.isPresent() && before.isPresent() && now.get().compareTo(before.get()) < 0;
        if (smaller && now.get().compareTo(capacity) <= 0) {
            errors.add(FieldError.forbidden(
                    RESOURCES.child("requests", "storage"), "field can not be less than status.capacity"));
        }
    }

    private static Optional<Quantity> storage(JsonNode resources) {
        return Values.quantity(resources.path("storage"));
    }
}
