package io.kybern.apiserver.registry.pods;

import io.kybern.api.selector.LabelSelector;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Checks a PodSpec, in a pod as in the template of a workload. */
public final class PodSpecValidator {

    private static final List<String> RESTART_POLICIES = List.of("Always", "OnFailure", "Never");
    private static final List<String> DNS_POLICIES =
            List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
    private static final String SYSCTL_RULE = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    private static final Pattern SYSCTL = Pattern.compile(SYSCTL_RULE);
    private static final int SYSCTL_MAX = 253;

    private PodSpecValidator() {}

    /** Adds the faults of a pod's spec. */
    static void validatePod(JsonNode pod, List<FieldError> errors) {
        validate(pod.path("spec"), FieldPath.of("spec"), errors);
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
        MetadataValidator.labels(metadata.path("labels"), field.child("metadata", "labels"), errors);
        MetadataValidator.annotations(metadata.path("annotations"), field.child("metadata", "annotations"), errors);
        validate(template.path("spec"), field.child("spec"), errors);
    }

    static void validate(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Set<String> volumes = VolumeValidator.volumes(spec.path("volumes"), field.child("volumes"), errors);
        ContainerValidator containers = new ContainerValidator(spec, volumes);
        containers.containers(field, errors);
        containers.initContainers(field, errors);
        containers.ephemeralContainers(field, errors);
        PodResourcesValidator.validate(spec, field, errors);
        restartPolicy(spec, field, errors);
        dns(spec, field, errors);
        deadlines(spec, field, errors);
        Values.labels(spec.path("nodeSelector"), field.child("nodeSelector"), errors);
        securityContext(spec.path("securityContext"), field.child("securityContext"), errors);
        Values.subdomain(spec, "serviceAccountName", field, errors);
        Values.subdomain(spec, "nodeName", field, errors);
        Values.label(spec, "hostname", field, errors);
        Values.label(spec, "subdomain", field, errors);
        HostnameValidator.override(spec, field, errors);
        AffinityValidator.validate(spec.path("affinity"), field.child("affinity"), errors);
        SchedulingValidator.tolerations(spec.path("tolerations"), field.child("tolerations"), errors);
        SchedulingValidator.spread(
                spec.path("topologySpreadConstraints"), field.child("topologySpreadConstraints"), errors);
        hostAliases(spec.path("hostAliases"), field.child("hostAliases"), errors);
        Values.subdomain(spec, "priorityClassName", field, errors);
        Values.subdomain(spec, "runtimeClassName", field, errors);
        readinessGates(spec, field, errors);
        schedulingGates(spec, field, errors);
    }

    private static void restartPolicy(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Values.oneOf(spec, "restartPolicy", field, RESTART_POLICIES, true, errors);
    }

    private static void dns(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Values.oneOf(spec, "dnsPolicy", field, DNS_POLICIES, true, errors);
        JsonNode config = spec.path("dnsConfig");
        if (spec.path("dnsPolicy").asString("").equals("None")) {
            if (config.isMissingNode()) {
                errors.add(FieldError.required(
                        field.child("dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None"));
                return;
            }
            if (config.path("nameservers").isEmpty()) {
                errors.add(FieldError.required(
                        field.child("dnsConfig", "nameservers"),
                        "must provide at least one DNS nameserver when `dnsPolicy` is None"));
                return;
            }
        }
        int index = 0;
        for (JsonNode server : config.path("nameservers")) {
            Values.ip(
                    server.asString(""), field.child("dnsConfig", "nameservers").index(index++), errors);
        }
        if (config.path("nameservers").size() > 3) {
            errors.add(FieldError.invalid(
                    field.child("dnsConfig", "nameservers"),
                    config.path("nameservers"),
                    "must not have more than 3 nameservers"));
        }
    }

    private static void deadlines(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode deadline = spec.path("activeDeadlineSeconds");
        if (!deadline.isMissingNode() && (deadline.asLong(0) < 1 || deadline.asLong(0) > Integer.MAX_VALUE)) {
            errors.add(FieldError.invalid(
                    field.child("activeDeadlineSeconds"), deadline, "must be between 1 and 2147483647, inclusive"));
        }
    }

    private static void securityContext(JsonNode context, FieldPath field, List<FieldError> errors) {
        Values.notNegative(context, "fsGroup", field, errors);
        Values.notNegative(context, "runAsUser", field, errors);
        Values.notNegative(context, "runAsGroup", field, errors);
        Values.oneOf(context, "fsGroupChangePolicy", field, List.of("OnRootMismatch", "Always"), false, errors);
        SecurityValidator.profiles(context, field, errors);
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode sysctl : context.path("sysctls")) {
            FieldPath name = field.child("sysctls").index(index++).child("name");
            String value = sysctl.path("name").asString("");
            if (value.isEmpty()) {
                errors.add(FieldError.required(name, ""));
            } else if (value.length() > SYSCTL_MAX || !SYSCTL.matcher(value).matches()) {
                errors.add(FieldError.invalid(
                        name,
                        value,
                        "must have at most %d characters and match regex %s".formatted(SYSCTL_MAX, SYSCTL_RULE)));
            } else if (!names.add(value)) {
                errors.add(FieldError.duplicate(name, value));
            }
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
