package io.kybern.apiserver.registry.volumes;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.TreeDiff;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** PersistentVolumes: what is not said of the volume in general is the one source that it comes from. */
public final class VolumeStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final String EXPANDS = "controllerExpandSecretRef";

    /** Labels of nodes that got another name; volumes may follow. */
    private static final Map<String, String> NEW_LABELS = Map.of(
            "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region",
            "beta.kubernetes.io/os", "kubernetes.io/os",
            "beta.kubernetes.io/arch", "kubernetes.io/arch",
            "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type");

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

    @Override
    public List<String> warningsOnCreate(ObjectNode volume) {
        List<String> warnings = new ArrayList<>(ClassAnnotation.warnings(volume));
        if (volume.path("spec")
                .path("persistentVolumeReclaimPolicy")
                .asString("")
                .equals("Recycle")) {
            warnings.add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the"
                    + " recommended approach is to use dynamic provisioning.");
        }
        return warnings;
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode volume, ObjectNode old) {
        return warningsOnCreate(volume);
    }

    @Override
    protected void validate(ObjectNode volume, List<FieldError> errors) {
        VolumeSpecValidator.validate(volume.path("spec"), KubeObject.name(volume), SPEC, errors);
    }

    @Override
    protected void validateChange(ObjectNode volume, ObjectNode old, List<FieldError> errors) {
        validateAnew(volume, old, errors);
        JsonNode now = volume.path("spec");
        JsonNode before = old.path("spec");
        ObjectNode source = source(now);
        ObjectNode oldSource = source(before);
        if (before.has("csi") && !before.path("csi").has(EXPANDS)) {
            // who may enlarge it can still be said later
            Absent.with(source, "csi", csi -> csi.remove(EXPANDS));
        }
        if (!Values.same(source, oldSource)) {
            errors.add(FieldError.forbidden(
                    SPEC.child("persistentvolumesource"),
                    "spec.persistentvolumesource is immutable after creation\n" + TreeDiff.of(oldSource, source)));
        }
        Values.immutable(now.path("volumeMode"), before.path("volumeMode"), FieldPath.of("volumeMode"), errors);
        if (before.has("nodeAffinity") && !sameNodes(now.path("nodeAffinity"), before.path("nodeAffinity"))) {
            errors.add(FieldError.invalid(
                    FieldPath.of("nodeAffinity"),
                    now.has("nodeAffinity") ? now.path("nodeAffinity") : null,
                    "field is immutable, except for updating from beta label to GA"));
        }
        if (before.has("volumeAttributesClassName") && !now.has("volumeAttributesClassName")) {
            errors.add(FieldError.forbidden(
                    SPEC.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden"));
        }
    }

    private static ObjectNode source(JsonNode spec) {
        ObjectNode source = JsonNodeFactory.instance.objectNode();
        VolumeSpecValidator.TYPES.stream()
                .filter(spec::has)
                .forEach(type -> source.set(type, spec.get(type).deepCopy()));
        return source;
    }

    private static boolean sameNodes(JsonNode now, JsonNode before) {
        JsonNode renamed = before.deepCopy();
        JsonNode newTerms = now.path("required").path("nodeSelectorTerms");
        JsonNode terms = renamed.path("required").path("nodeSelectorTerms");
        for (int i = 0; i < terms.size(); i++) {
            JsonNode expressions = terms.get(i).path("matchExpressions");
            for (int j = 0; j < expressions.size(); j++) {
                String key = newTerms.path(i)
                        .path("matchExpressions")
                        .path(j)
                        .path("key")
                        .asString("");
                String old = expressions.get(j).path("key").asString("");
                if (key.equals(NEW_LABELS.get(old)) && expressions.get(j) instanceof ObjectNode expression) {
                    expression.put("key", key);
                }
            }
        }
        return Values.same(now, renamed);
    }
}
