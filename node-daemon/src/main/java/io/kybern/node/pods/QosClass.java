package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How well a pod's resources are assured. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/">quality of service classes</a>. */
enum QosClass {
    GUARANTEED("Guaranteed"),
    BURSTABLE("Burstable"),
    BEST_EFFORT("BestEffort");

    private final String wireName;

    QosClass(String wireName) {
        this.wireName = wireName;
    }

    String wireName() {
        return wireName;
    }

    /** What a pod asks for as a whole decides; if that is nothing, what its containers ask for. */
    static QosClass of(Pod pod) {
        ResourceRequirements whole = pod.getSpec().getResources();
        QosClass own = of(Collections.singletonList(whole));
        return own == BEST_EFFORT
                ? of(Specs.allContainers(pod).stream()
                        .map(Container::getResources)
                        .toList())
                : own;
    }

    private static QosClass of(List<@Nullable ResourceRequirements> all) {
        boolean anything = false;
        boolean guaranteed = true;
        for (ResourceRequirements each : all) {
            Map<String, Quantity> requests = map(each, false);
            Map<String, Quantity> limits = map(each, true);
            for (String resource : List.of("cpu", "memory")) {
                BigDecimal limit = amount(limits.get(resource));
                BigDecimal request = requests.containsKey(resource) ? amount(requests.get(resource)) : limit;
                anything |= limit.signum() > 0 || request.signum() > 0;
                guaranteed &= limit.signum() > 0 && limit.compareTo(request) == 0;
            }
        }
        if (!anything) {
            return BEST_EFFORT;
        }
        return guaranteed ? GUARANTEED : BURSTABLE;
    }

    static Map<String, Quantity> map(@Nullable ResourceRequirements resources, boolean limits) {
        if (resources == null) {
            return Map.of();
        }
        Map<String, Quantity> map = limits ? resources.getLimits() : resources.getRequests();
        return map == null ? Map.of() : map;
    }

    static BigDecimal amount(@Nullable Quantity quantity) {
        return quantity == null || quantity.getAmount() == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
    }
}
