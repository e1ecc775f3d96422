package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
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

    static QosClass of(Pod pod) {
        boolean anything = false;
        boolean guaranteed = true;
        for (Container c : Specs.allContainers(pod)) {
            Map<String, Quantity> requests = map(c, false);
            Map<String, Quantity> limits = map(c, true);
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

    static Map<String, Quantity> map(Container c, boolean limits) {
        if (c.getResources() == null) {
            return Map.of();
        }
        Map<String, Quantity> map =
                limits ? c.getResources().getLimits() : c.getResources().getRequests();
        return map == null ? Map.of() : map;
    }

    static BigDecimal amount(@Nullable Quantity quantity) {
        return quantity == null || quantity.getAmount() == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
    }
}
