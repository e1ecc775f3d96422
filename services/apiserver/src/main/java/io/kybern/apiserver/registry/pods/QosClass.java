package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The quality-of-service class of a pod; see "Pod Quality of Service Classes" in the Kubernetes documentation. */
final class QosClass {

    private static final List<String> COMPUTE = List.of("cpu", "memory");

    private QosClass() {}

    /** {@code Guaranteed}, {@code Burstable} or {@code BestEffort}. */
    static String of(JsonNode spec) {
        Map<String, Quantity> requests = new HashMap<>();
        Map<String, Quantity> limits = new HashMap<>();
        boolean guaranteed = true;
        for (String list : List.of("containers", "initContainers")) {
            for (JsonNode container : spec.path(list)) {
                int limited = 0;
                for (String resource : COMPUTE) {
                    Quantity request = amount(container.path("resources").path("requests"), resource);
                    Quantity limit = amount(container.path("resources").path("limits"), resource);
                    requests.merge(resource, request, Quantity::add);
                    limits.merge(resource, limit, Quantity::add);
                    limited += limit.signum() > 0 ? 1 : 0;
                }
                guaranteed &= limited == COMPUTE.size();
            }
        }
        boolean any = requests.values().stream().anyMatch(each -> each.signum() > 0)
                || limits.values().stream().anyMatch(each -> each.signum() > 0);
        if (!any) {
            return "BestEffort";
        }
        return guaranteed && requests.equals(limits) ? "Guaranteed" : "Burstable";
    }

    private static Quantity amount(JsonNode resources, String resource) {
        JsonNode value = resources.path(resource);
        return value.isMissingNode() ? Quantity.ZERO : Quantity.parse(value.asString());
    }
}
