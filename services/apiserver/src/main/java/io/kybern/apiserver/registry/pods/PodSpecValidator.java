package io.kybern.apiserver.registry.pods;

import io.kybern.api.selector.LabelSelector;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Checks a PodSpec, in a pod as in the template of a workload. */
public final class PodSpecValidator {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> RESTART_POLICIES = List.of("Always", "OnFailure", "Never");
    private static final List<String> PREEMPTION_POLICIES = List.of("PreemptLowerPriority", "Never");
    private static final List<String> OWN_CONTAINERS = List.of("containers", "initContainers");

    private PodSpecValidator() {}

    /** Adds the faults of a new pod. */
    static void validateNewPod(JsonNode pod, List<FieldError> errors) {
        validatePod(pod, errors);
        JsonNode spec = pod.path("spec");
        if (!spec.path("ephemeralContainers").isEmpty()) {
            errors.add(FieldError.forbidden(SPEC.child("ephemeralContainers"), "cannot be set on create"));
        }
        if (!spec.path("nodeName").asString("").isEmpty()
                && !spec.path("schedulingGates").isEmpty()) {
            errors.add(FieldError.forbidden(
                    SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
        }
        PodAnnotationValidator.match(pod.path("metadata").path("annotations"), spec, SPEC, errors);
    }

    /** Adds the faults of a pod's spec, and of the annotations that belong to it. */
    static void validatePod(JsonNode pod, List<FieldError> errors) {
        JsonNode spec = pod.path("spec");
        JsonNode metadata = pod.path("metadata");
        PodAnnotationValidator.validate(
                metadata.path("annotations"), spec, FieldPath.of("metadata", "annotations"), errors);
        validate(spec, metadata, SPEC, errors);
        if (spec.path("serviceAccountName").asString("").isEmpty()) {
            tokensOfNobody(spec, errors);
        }
        for (String list : OWN_CONTAINERS) {
            int index = 0;
            for (JsonNode container : spec.path(list)) {
                ContainerValidator.unpaddedImage(container, SPEC.child(list).index(index++), errors);
            }
        }
    }

    private static void tokensOfNobody(JsonNode spec, List<FieldError> errors) {
        for (int i = 0; i < spec.path("volumes").size(); i++) {
            JsonNode sources = spec.path("volumes").get(i).path("projected").path("sources");
            FieldPath field = SPEC.child("volumes").index(i).child("projected", "sources");
            for (int j = 0; j < sources.size(); j++) {
                if (sources.get(j).has("serviceAccountToken")) {
                    errors.add(FieldError.forbidden(
                            field.index(j).child("serviceAccountToken"),
                            "must not be specified when serviceAccountName is not set"));
                }
            }
        }
    }

    /**
     * Adds the faults of a workload's pod template.
     *
     * @param selector what must select the template's pods
     * @param template the template
     * @param field where it is
     */
    public static void validateTemplate(
            LabelSelector selector, JsonNode template, FieldPath field, List<FieldError> errors) {
        if (template.isMissingNode() || template.isNull()) {
            errors.add(FieldError.required(field, ""));
            return;
        }
        JsonNode labels = template.path("metadata").path("labels");
        if (!selector.isEverything() && !selector.matches(Values.strings(labels))) {
            errors.add(FieldError.invalid(
                    field.child("metadata", "labels"),
                    labels.isMissingNode() ? null : labels,
                    "`selector` does not match template `labels`"));
        }
        validatePlainTemplate(template, field, errors);
    }

    /** Adds the faults of a pod template that nothing selects. */
    public static void validatePlainTemplate(JsonNode template, FieldPath field, List<FieldError> errors) {
        JsonNode metadata = template.path("metadata");
        JsonNode annotations = metadata.path("annotations");
        JsonNode spec = template.path("spec");
        MetadataValidator.labels(metadata.path("labels"), field.child("labels"), errors);
        MetadataValidator.annotations(annotations, field.child("annotations"), errors);
        PodAnnotationValidator.validate(annotations, spec, field.child("annotations"), errors);
        validate(spec, MissingNode.getInstance(), field.child("spec"), errors);
        PodAnnotationValidator.match(annotations, spec, field.child("spec"), errors);
        if (!spec.path("ephemeralContainers").isEmpty()) {
            errors.add(FieldError.forbidden(
                    field.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"));
        }
    }

    /** @param metadata that of a pod; missing for a template */
    static void validate(JsonNode spec, JsonNode metadata, FieldPath field, List<FieldError> errors) {
        Map<String, JsonNode> volumes = VolumeValidator.volumes(spec.path("volumes"), metadata, field, errors);
        ResourceClaimValidator.ofPod(spec, metadata, field.child("resourceClaims"), errors);
        ContainerValidator containers = new ContainerValidator(spec, volumes);
        containers.containers(field, errors);
        containers.initContainers(field, errors);
        containers.ephemeralContainers(field, errors);
        PodResourcesValidator.validate(spec, field, errors);
        HostValidator.ports(spec, !metadata.isMissingNode(), field, errors);
        Values.oneOf(spec, "restartPolicy", field, RESTART_POLICIES, true, errors);
        DnsValidator.policy(spec, field, errors);
        Values.labels(spec.path("nodeSelector"), field.child("nodeSelector"), errors);
        SecurityValidator.pod(spec, field, errors);
        AffinityValidator.validate(spec.path("affinity"), field.child("affinity"), errors);
        DnsValidator.config(spec, field.child("dnsConfig"), errors);
        readinessGates(spec, field, errors);
        schedulingGates(spec, field, errors);
        SpreadValidator.spread(
                spec.path("topologySpreadConstraints"), field.child("topologySpreadConstraints"), errors);
        WindowsValidator.hostProcesses(spec, field, errors);
        HostValidator.users(spec, field, errors);
        HostnameValidator.override(spec, field, errors);
        names(spec, field, errors);
        SchedulingValidator.tolerations(spec.path("tolerations"), field.child("tolerations"), errors);
        hostAliases(spec.path("hostAliases"), field.child("hostAliases"), errors);
        classes(spec, field, errors);
        if (spec.has("overhead")) {
            ResourceValidator.overhead(spec.path("overhead"), field.child("overhead"), errors);
        }
        WindowsValidator.system(spec, field, errors);
        FileKeyValidator.volumes(spec, field, errors);
    }

    private static void names(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Values.subdomain(spec, "serviceAccountName", field, errors);
        Values.subdomain(spec, "nodeName", field, errors);
        JsonNode deadline = spec.path("activeDeadlineSeconds");
        if (!deadline.isMissingNode() && (deadline.asLong(0) < 1 || deadline.asLong(0) > Integer.MAX_VALUE)) {
            errors.add(FieldError.invalid(
                    field.child("activeDeadlineSeconds"), deadline, "must be between 1 and 2147483647, inclusive"));
        }
        Values.label(spec, "hostname", field, errors);
        Values.label(spec, "subdomain", field, errors);
    }

    private static void classes(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Values.subdomain(spec, "priorityClassName", field, errors);
        if (spec.has("runtimeClassName")) {
            String name = spec.path("runtimeClassName").asString("");
            Names.dns1123Subdomain(name)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("runtimeClassName"), name, fault)));
        }
        if (spec.has("preemptionPolicy")) {
            Values.oneOf(spec, "preemptionPolicy", field, PREEMPTION_POLICIES, true, errors);
        }
    }

    private static void hostAliases(JsonNode aliases, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode alias : aliases) {
            FieldPath each = field.index(index++);
            Values.ip(alias.path("ip").asString(""), each.child("ip"), errors);
            int position = 0;
            for (JsonNode name : alias.path("hostnames")) {
                FieldPath hostname = each.child("hostnames").index(position++);
                Names.dns1123Subdomain(name.asString(""))
                        .forEach(fault -> errors.add(FieldError.invalid(hostname, name.asString(""), fault)));
            }
        }
    }

    private static void readinessGates(JsonNode spec, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode gate : spec.path("readinessGates")) {
            FieldPath type = field.child("readinessGates").index(index++).child("conditionType");
            String value = gate.path("conditionType").asString("");
            Names.qualifiedName(value).forEach(fault -> errors.add(FieldError.invalid(type, value, fault)));
        }
    }

    private static void schedulingGates(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode gate : spec.path("schedulingGates")) {
            FieldPath each = field.child("schedulingGates").index(index++);
            String name = gate.path("name").asString("");
            Names.qualifiedName(name).forEach(fault -> errors.add(FieldError.invalid(each, name, fault)));
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(each, name));
            }
        }
    }
}
