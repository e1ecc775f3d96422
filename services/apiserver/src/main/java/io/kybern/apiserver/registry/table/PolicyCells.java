package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.NONE;
import static io.kybern.apiserver.registry.table.Cell.UNSET;
import static io.kybern.apiserver.registry.table.Cell.get;

import io.kybern.api.selector.LabelSelector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What governs others - disruption, admission, flow of requests, devices - as {@code kubectl get} shows it. */
final class PolicyCells {

    /** What stands for a part of an object that is not given at all. */
    private static final String NOT_AVAILABLE = "N/A";

    private PolicyCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put(
                "/apis/policy/v1/poddisruptionbudgets",
                Map.of(
                        "Min Available", Cell.at("spec.minAvailable", NOT_AVAILABLE),
                        "Max Unavailable", Cell.at("spec.maxUnavailable", NOT_AVAILABLE),
                        "Allowed Disruptions", Cell.numberAt("status.disruptionsAllowed")));
        String admission = "/apis/admissionregistration.k8s.io/v1/";
        all.put(admission + "validatingadmissionpolicies", policy("Validations", "spec.validations"));
        all.put(admission + "mutatingadmissionpolicies", policy("Mutations", "spec.mutations"));
        all.put(admission + "validatingadmissionpolicybindings", binding());
        all.put(admission + "mutatingadmissionpolicybindings", binding());
        String flow = "/apis/flowcontrol.apiserver.k8s.io/v1/";
        all.put(flow + "flowschemas", flowSchemas());
        all.put(flow + "prioritylevelconfigurations", priorityLevels());
        String devices = "/apis/resource.k8s.io/v1/";
        all.put(devices + "resourceclaims", Map.of("State", Cell.text(PolicyCells::claimState)));
        all.put(
                devices + "resourceslices",
                Map.of(
                        "Node", Cell.at("spec.nodeName"),
                        "Driver", Cell.at("spec.driver"),
                        "Pool", Cell.at("spec.pool.name")));
        return all;
    }

    private static Map<String, Cell> policy(String rules, String path) {
        return Map.of(rules, Cell.sizeOf(path), "ParamKind", Cell.text(policy -> {
            JsonNode kind = get(policy, "spec.paramKind");
            return kind.isMissingNode()
                    ? UNSET
                    : kind.path("apiVersion").asString("") + "/"
                            + kind.path("kind").asString("");
        }));
    }

    private static Map<String, Cell> binding() {
        return Map.of("PolicyName", Cell.at("spec.policyName"), "ParamRef", Cell.text(binding -> {
            JsonNode reference = get(binding, "spec.paramRef");
            if (reference.path("selector").isObject()) {
                return LabelSelector.of(reference.path("selector")).toString();
            }
            if (reference.isMissingNode()) {
                return UNSET;
            }
            String name = reference.path("name").asString("");
            String namespace = reference.path("namespace").asString("");
            return (namespace.isEmpty() ? "*" : namespace) + "/" + name;
        }));
    }

    private static Map<String, Cell> flowSchemas() {
        return Map.of(
                "PriorityLevel", Cell.at("spec.priorityLevelConfiguration.name"),
                "MatchingPrecedence", Cell.numberAt("spec.matchingPrecedence"),
                "DistinguisherMethod", Cell.at("spec.distinguisherMethod.type", NONE),
                "MissingPL",
                        Cell.text(schema -> {
                            for (JsonNode condition : get(schema, "status.conditions")) {
                                if (condition.path("type").asString("").equals("Dangling")) {
                                    return condition.path("status").asString("");
                                }
                            }
                            return "?";
                        }));
    }

    private static Map<String, Cell> priorityLevels() {
        String queuing = "spec.limited.limitResponse.queuing.";
        return Map.of(
                "Type", Cell.at("spec.type"),
                "NominalConcurrencyShares", Cell.at("spec.limited.nominalConcurrencyShares", NONE),
                "Queues", Cell.at(queuing + "queues", NONE),
                "HandSize", Cell.at(queuing + "handSize", NONE),
                "QueueLengthLimit", Cell.at(queuing + "queueLengthLimit", NONE));
    }

    private static String claimState(JsonNode claim) {
        List<String> states = new ArrayList<>();
        boolean deleted = get(claim, "metadata").has("deletionTimestamp");
        if (deleted) {
            states.add("deleted");
        }
        if (get(claim, "status.allocation").isMissingNode()) {
            if (!deleted) {
                states.add("pending");
            }
        } else {
            states.add("allocated");
            if (!get(claim, "status.reservedFor").isEmpty()) {
                states.add("reserved");
            }
        }
        return String.join(",", states);
    }
}
