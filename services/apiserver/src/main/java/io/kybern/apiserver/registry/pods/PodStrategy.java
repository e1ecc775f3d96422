package io.kybern.apiserver.registry.pods;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods: created pending, changed little afterwards, and deleted with a grace period once they are on a node. */
public final class PodStrategy extends GenericStrategy {

    private static final Set<String> FIELDS = Set.of(
            "metadata.name",
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName");

    /** The pods of the API. */
    public PodStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode pod) {
        ObjectNode spec = Absent.object(pod, "spec");
        PodSpecDefaults.apply(spec);
        PodSpecDefaults.applyToPod(spec);
    }

    @Override
    protected void initialStatus(ObjectNode pod) {
        ObjectNode status = pod.putObject("status");
        status.put("phase", "Pending");
        if (!pod.path("spec").path("schedulingGates").isEmpty()) {
            status.putArray("conditions")
                    .addObject()
                    .put("type", "PodScheduled")
                    .put("status", "False")
                    .put("reason", "SchedulingGated")
                    .put("message", "Scheduling is blocked due to non-empty scheduling gates");
        }
        status.put("qosClass", QosClass.of(pod.path("spec")));
    }

    @Override
    public void prepareForCreate(ObjectNode pod, RequestScope scope) {
        super.prepareForCreate(pod, scope);
        LabelKeys.apply(pod);
    }

    @Override
    protected void validate(ObjectNode pod, List<FieldError> errors) {
        PodSpecValidator.validateNewPod(pod, errors);
    }

    @Override
    protected void validateChange(ObjectNode pod, ObjectNode old, List<FieldError> errors) {
        PodUpdateValidator.validate(pod, old, errors);
    }

    @Override
    protected void validateStatus(ObjectNode pod, ObjectNode old, List<FieldError> errors) {
        PodStatusValidator.validate(pod, old, errors);
    }

    @Override
    protected void prepareStatusMetadata(ObjectNode pod, JsonNode metadata) {
        JsonNode owners = pod.path("metadata").path("ownerReferences").deepCopy();
        super.prepareStatusMetadata(pod, metadata);
        // who owns a pod is not for its node to say
        if (owners.isMissingNode()) {
            KubeObject.metadata(pod).remove("ownerReferences");
        } else {
            KubeObject.metadata(pod).set("ownerReferences", owners);
        }
    }

    @Override
    protected void prepareStatus(ObjectNode pod, ObjectNode old, RequestScope scope) {
        Absent.with(pod, "status", status -> {
            if (status.path("qosClass").asString("").isEmpty()) {
                status.put("qosClass", old.path("status").path("qosClass").asString(QosClass.of(pod.path("spec"))));
            }
            ObservedGenerations.keep(status, old.path("status"));
        });
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode pod) {
        return PodWarnings.ofPod(pod);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode pod) {
        JsonNode spec = pod.path("spec");
        JsonNode status = pod.path("status");
        Map<String, String> fields = new HashMap<>();
        fields.put("metadata.name", KubeObject.name(pod));
        fields.put("metadata.namespace", KubeObject.namespace(pod));
        fields.put("spec.nodeName", spec.path("nodeName").asString(""));
        fields.put("spec.restartPolicy", spec.path("restartPolicy").asString(""));
        fields.put("spec.schedulerName", spec.path("schedulerName").asString(""));
        fields.put("spec.serviceAccountName", spec.path("serviceAccountName").asString(""));
        fields.put("spec.hostNetwork", String.valueOf(spec.path("hostNetwork").asBoolean(false)));
        fields.put("status.phase", status.path("phase").asString(""));
        fields.put("status.podIP", status.path("podIP").asString(""));
        fields.put("status.podIPs", status.path("podIP").asString(""));
        fields.put("status.nominatedNodeName", status.path("nominatedNodeName").asString(""));
        return fields;
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return FIELDS;
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public Optional<Long> gracePeriod(ObjectNode pod, @Nullable Long requested) {
        String phase = pod.path("status").path("phase").asString("");
        boolean onNode = !pod.path("spec").path("nodeName").asString("").isEmpty();
        if (!onNode || phase.equals("Failed") || phase.equals("Succeeded")) {
            // nothing runs that would have to end
            return Optional.of(0L);
        }
        long period = requested != null
                ? requested
                : pod.path("spec").path("terminationGracePeriodSeconds").asLong(30);
        // a negative period is a request to be quick
        return Optional.of(period < 0 ? 1 : period);
    }
}
