package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The quality-of-service class of a pod; see "Pod Quality of Service Classes" in the Kubernetes documentation. */
final class QosClass {

    private static final List<String> COMPUTE = List.of("cpu", "memory");

    private QosClass() {}

    /**
     * {@code Guaranteed}, {@code Burstable} or {@code BestEffort}. If the pod asks for something as a whole, that alone decides, not
     * what its containers ask for.
     */
    static String of(JsonNode spec) {
        JsonNode whole = spec.path("resources");
        if (asks(whole)) {
            return of(List.of(whole));
        }
        List<JsonNode> each = new ArrayList<>();
        for (String list : List.of("containers", "initContainers")) {
            spec.path(list).forEach(container -> each.add(container.path("resources")));
        }
        return of(each);
    }

    private static boolean asks(JsonNode resources) {
        return !resources.path("requests").isEmpty()
                || !resources.path("limits").isEmpty();
    }

    private static String of(List<JsonNode> all) {
        Map<String, Quantity> requests = new HashMap<>();
        Map<String, Quantity> limits = new HashMap<>();
        boolean guaranteed = true;
        for (JsonNode resources : all) {
            int limited = 0;
            for (String resource : COMPUTE) {
                Quantity limit = amount(resources.path("limits"), resource);
                // who says only a limit asks for as much
                boolean asked = resources.path("requests").has(resource);
                Quantity request = asked ? amount(resources.path("requests"), resource) : limit;
                requests.merge(resource, request, Quantity::add);
                limits.merge(resource, limit, Quantity::add);
                limited += limit.signum() > 0 ? 1 : 0;
            }
            guaranteed &= limited == COMPUTE.size();
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
