package io.kybern.apiserver.registry.devices;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ResourceSlices: the devices that a driver has to offer. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#resourceslice">ResourceSlice</a>.
 */
public final class ResourceSliceStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");

    /** The slices of the API. */
    public ResourceSliceStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void prepareForCreate(ObjectNode slice, RequestScope scope) {
        dateTaints(slice, scope);
        super.prepareForCreate(slice, scope);
    }

    @Override
    public void prepareForUpdate(ObjectNode slice, ObjectNode old, RequestScope scope) {
        dateTaints(slice, scope);
        super.prepareForUpdate(slice, old, scope);
    }

    private static void dateTaints(ObjectNode slice, RequestScope scope) {
        String now = scope.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
        Absent.each(
                slice.path("spec").path("devices"),
                device -> Absent.each(device.path("taints"), taint -> Absent.text(taint, "timeAdded", now)));
    }

    @Override
    protected void validate(ObjectNode slice, List<FieldError> errors) {
        SliceRules.validate(slice.path("spec"), errors);
    }

    @Override
    protected void validateChange(ObjectNode slice, ObjectNode old, List<FieldError> errors) {
        validate(slice, errors);
        JsonNode now = slice.path("spec");
        JsonNode before = old.path("spec");
        Values.immutable(
                now.path("pool").path("name"), before.path("pool").path("name"), SPEC.child("pool", "name"), errors);
        Values.immutable(now.path("driver"), before.path("driver"), SPEC.child("driver"), errors);
        Values.immutable(now.path("nodeName"), before.path("nodeName"), SPEC.child("nodeName"), errors);
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode slice) {
        String driver = slice.path("spec").path("driver").asString("");
        return driver.equals(driver.toLowerCase(Locale.ROOT))
                ? List.of()
                : List.of("spec.driver: driver names should be lowercase; \"%s\" contains uppercase characters"
                        .formatted(driver));
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode slice, ObjectNode old) {
        return warningsOnCreate(slice);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode slice) {
        JsonNode spec = slice.path("spec");
        return Map.of(
                "metadata.name", KubeObject.name(slice),
                "metadata.namespace", "",
                "spec.driver", spec.path("driver").asString(""),
                "spec.nodeName", spec.path("nodeName").asString(""));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "spec.driver", "spec.nodeName");
    }
}
