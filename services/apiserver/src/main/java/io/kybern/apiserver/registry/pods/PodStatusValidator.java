package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What a status may say of a pod, seen from what it said before: what has ended for good does not run again. */
final class PodStatusValidator {

    private static final FieldPath STATUS = FieldPath.of("status");
    private static final Set<String> SYSTEM_CONDITIONS = Set.of("PodScheduled", "Ready", "Initialized");
    private static final String NOT_NEGATIVE = "must be a non-negative integer";

    private PodStatusValidator() {}

    static void validate(JsonNode pod, JsonNode old, List<FieldError> errors) {
        JsonNode now = pod.path("status");
        JsonNode before = old.path("status");
        PodAnnotationValidator.change(
                pod.path("metadata").path("annotations"),
                old.path("metadata").path("annotations"),
                FieldPath.of("metadata", "annotations"),
                errors);
        conditions(now.path("conditions"), errors);
        nominated(pod, old, errors);
        if (now.path("observedGeneration").asLong(0) < 0) {
            errors.add(FieldError.invalid(
                    STATUS.child("observedGeneration"), now.path("observedGeneration"), NOT_NEGATIVE));
        }
        Values.immutable(now.path("qosClass"), before.path("qosClass"), STATUS.child("qosClass"), errors);
        JsonNode spec = old.path("spec");
        transitions("containerStatuses", spec.path("containers"), now, before, spec, errors);
        transitions("initContainerStatuses", spec.path("initContainers"), now, before, spec, errors);
        transitions("ephemeralContainerStatuses", null, now, before, spec, errors);
        claims(now.path("resourceClaimStatuses"), spec.path("resourceClaims"), errors);
        addresses(now.path("podIPs"), STATUS.child("podIPs"), errors);
        JsonNode hosts = now.path("hostIPs");
        if (!hosts.isEmpty()
                && !hosts.path(0)
                        .path("ip")
                        .asString("")
                        .equals(now.path("hostIP").asString(""))) {
            errors.add(FieldError.invalid(
                    STATUS.child("hostIPs").index(0).child("ip"),
                    hosts.path(0).path("ip").asString(""),
                    "must be equal to `hostIP`"));
        }
        addresses(hosts, STATUS.child("hostIPs"), errors);
    }

    private static void conditions(JsonNode conditions, List<FieldError> errors) {
        int index = 0;
        for (JsonNode condition : conditions) {
            FieldPath field = STATUS.child("conditions").index(index++);
            if (condition.path("observedGeneration").asLong(0) < 0) {
                errors.add(FieldError.invalid(
                        field.child("observedGeneration"), condition.path("observedGeneration"), NOT_NEGATIVE));
            }
            String type = condition.path("type").asString("");
            if (!SYSTEM_CONDITIONS.contains(type)) {
                Names.qualifiedName(type)
                        .forEach(fault -> errors.add(FieldError.invalid(field.child("Type"), type, fault)));
            }
        }
    }

    private static void nominated(JsonNode pod, JsonNode old, List<FieldError> errors) {
        FieldPath field = STATUS.child("nominatedNodeName");
        String now = pod.path("status").path("nominatedNodeName").asString("");
        if (now.isEmpty()
                || now.equals(old.path("status").path("nominatedNodeName").asString(""))) {
            return;
        }
        Names.dns1123Subdomain(now).forEach(fault -> errors.add(FieldError.invalid(field, now, fault)));
        if (!old.path("spec").path("nodeName").asString("").isEmpty()) {
            errors.add(FieldError.forbidden(field, "may not be set on pods that are already bound to a node"));
        }
    }

    /** @param containers those of the spec; null for ephemeral ones, which never start again */
    private static void transitions(
            String list,
            @Nullable JsonNode containers,
            JsonNode now,
            JsonNode before,
            JsonNode spec,
            List<FieldError> errors) {
        if (containers != null && startsAllAgain(spec)) {
            return;
        }
        for (int i = 0; i < before.path(list).size(); i++) {
            JsonNode was = before.path(list).get(i);
            JsonNode ended = was.path("state").path("terminated");
            JsonNode is = Values.named(now.path(list), was.path("name").asString(""));
            if (!ended.isObject() || !is.isObject() || is.path("state").has("terminated")) {
                continue;
            }
            JsonNode container = containers == null
                    ? MissingNode.getInstance()
                    : Values.named(containers, was.path("name").asString(""));
            if (!container.isObject()
                    || !startsAgain(container, spec, ended.path("exitCode").asInt(0))) {
                errors.add(FieldError.forbidden(
                        STATUS.child(list).index(i).child("state"), "may not be transitioned to non-terminated state"));
            }
        }
    }

    /** Whether the end of one container may start all of them again. */
    private static boolean startsAllAgain(JsonNode spec) {
        for (String list : List.of("initContainers", "containers")) {
            for (JsonNode container : spec.path(list)) {
                for (JsonNode rule : container.path("restartPolicyRules")) {
                    if (rule.path("action").asString("").equals("RestartAllContainers")) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean startsAgain(JsonNode container, JsonNode spec, int exitCode) {
        if (container.has("restartPolicy")) {
            for (JsonNode rule : container.path("restartPolicyRules")) {
                if (matches(rule.path("exitCodes"), exitCode)) {
                    return true;
                }
            }
        }
        String own = container.path("restartPolicy").asString("");
        return switch (own.isEmpty() ? spec.path("restartPolicy").asString("") : own) {
            case "Never" -> false;
            case "OnFailure" -> exitCode != 0;
            default -> true;
        };
    }

    private static boolean matches(JsonNode codes, int exitCode) {
        boolean listed = false;
        for (JsonNode code : codes.path("values")) {
            listed |= code.asInt(0) == exitCode;
        }
        return codes.path("operator").asString("").equals("NotIn") != listed;
    }

    private static void claims(JsonNode statuses, JsonNode claims, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode status : statuses) {
            FieldPath field = STATUS.child("resourceClaimStatuses").index(index++);
            String name = status.path("name").asString("");
            if (!Values.named(claims, name).isObject()) {
                errors.add(FieldError.invalid(
                        field.child("name"), name, "must match the name of an entry in `spec.resourceClaims`"));
            }
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(field.child("name"), name));
            }
            Values.subdomain(status, "resourceClaimName", field, errors);
        }
    }

    private static void addresses(JsonNode addresses, FieldPath field, List<FieldError> errors) {
        int six = 0;
        int index = 0;
        for (JsonNode address : addresses) {
            String text = address.path("ip").asString("");
            Values.ip(text, field.index(index++), errors);
            six += text.indexOf(':') >= 0 ? 1 : 0;
        }
        if (addresses.size() > 2 || addresses.size() == 2 && six != 1) {
            errors.add(FieldError.invalid(field, addresses, "may specify no more than one IP for each IP family"));
        }
    }
}
