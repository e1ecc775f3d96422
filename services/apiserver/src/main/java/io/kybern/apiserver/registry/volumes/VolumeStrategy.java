package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PersistentVolumes: what is not said of the volume in general is the one source that it comes from. */
public final class VolumeStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> RECLAIM = List.of("Delete", "Recycle", "Retain");
    private static final Set<String> GENERAL = Set.of(
            "capacity",
            "accessModes",
            "claimRef",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "mountOptions",
            "volumeMode",
            "nodeAffinity",
            "volumeAttributesClassName");

    /** The volumes of the API. */
    public VolumeStrategy(ResourceType type, TableShape table) {
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

    @Override
    public void applyDefaults(ObjectNode volume) {
        ObjectNode spec = Absent.object(volume, "spec");
        Absent.text(spec, "persistentVolumeReclaimPolicy", "Retain");
        Absent.text(spec, "volumeMode", "Filesystem");
        Absent.with(spec, "hostPath", source -> Absent.text(source, "type", ""));
        Absent.text(Absent.object(volume, "status"), "phase", "Pending");
    }

    @Override
    protected void initialStatus(ObjectNode volume) {
        volume.putObject("status").put("phase", "Pending");
    }

    private static List<String> sources(JsonNode spec) {
        List<String> sources = new ArrayList<>();
        spec.properties().forEach(field -> sources.add(field.getKey()));
        sources.removeAll(GENERAL);
        return sources;
    }

    @Override
    protected void validate(ObjectNode volume, List<FieldError> errors) {
        JsonNode spec = volume.path("spec");
        AccessModes.validate(spec.path("accessModes"), SPEC.child("accessModes"), errors);
        JsonNode capacity = spec.path("capacity");
        FieldPath field = SPEC.child("capacity");
        if (capacity.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else if (!capacity.has("storage") || capacity.size() > 1) {
            errors.add(FieldError.notSupported(field, capacity, List.of("storage")));
        }
        Values.quantity(capacity.path("storage"))
                .filter(size -> size.compareTo(Quantity.ZERO) <= 0)
                .ifPresent(size -> errors.add(
                        FieldError.invalid(field.key("storage"), size.canonical(), "must be greater than zero")));
        Values.oneOf(spec, "persistentVolumeReclaimPolicy", SPEC, RECLAIM, false, errors);
        List<String> sources = sources(spec);
        if (sources.isEmpty()) {
            errors.add(FieldError.required(SPEC, "must specify a volume type"));
        }
        sources.stream()
                .skip(1)
                .forEach(more ->
                        errors.add(FieldError.forbidden(SPEC.child(more), "may not specify more than 1 volume type")));
        if (spec.path("hostPath").path("path").asString("").equals("/")
                && spec.path("persistentVolumeReclaimPolicy").asString("").equals("Recycle")) {
            errors.add(FieldError.forbidden(
                    SPEC.child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'"));
        }
        Values.subdomain(spec, "storageClassName", SPEC, errors);
        Values.oneOf(spec, "volumeMode", SPEC, List.of("Block", "Filesystem"), false, errors);
    }

    @Override
    protected void validateChange(ObjectNode volume, ObjectNode old, List<FieldError> errors) {
        validate(volume, errors);
        JsonNode now = volume.path("spec");
        JsonNode before = old.path("spec");
        if (!Values.equalExcept(now, before, List.copyOf(GENERAL))) {
            errors.add(FieldError.forbidden(
                    SPEC.child("persistentvolumesource"), "spec.persistentvolumesource is immutable after creation"));
        }
        Values.immutable(now.path("volumeMode"), before.path("volumeMode"), SPEC.child("volumeMode"), errors);
    }
}
