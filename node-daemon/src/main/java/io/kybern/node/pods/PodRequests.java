package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * What a pod asks of a node: the sum of its containers and sidecars, or what one init container needs if that is more. See
 * <a href="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers">resource
 * sharing</a>.
 */
final class PodRequests {

    private PodRequests() {}

    static Map<String, BigDecimal> of(Pod pod) {
        Map<String, BigDecimal> total = new HashMap<>();
        for (Container c : pod.getSpec().getContainers()) {
            add(total, requests(c));
        }
        Map<String, BigDecimal> sidecars = new HashMap<>();
        Map<String, BigDecimal> initPeak = new HashMap<>();
        for (Container c : Specs.initContainers(pod)) {
            if (Specs.isSidecar(c)) {
                add(total, requests(c));
                add(sidecars, requests(c));
            } else {
                Map<String, BigDecimal> now = new HashMap<>(sidecars);
                add(now, requests(c));
                now.forEach((k, v) -> initPeak.merge(k, v, BigDecimal::max));
            }
        }
        initPeak.forEach((k, v) -> total.merge(k, v, BigDecimal::max));
        if (pod.getSpec().getOverhead() != null) {
            pod.getSpec().getOverhead().forEach((k, v) -> total.merge(k, QosClass.amount(v), BigDecimal::add));
        }
        return total;
    }

    private static Map<String, BigDecimal> requests(Container c) {
        Map<String, BigDecimal> out = new HashMap<>();
        QosClass.map(c, true).forEach((k, v) -> out.put(k, QosClass.amount(v)));
        QosClass.map(c, false).forEach((k, v) -> out.put(k, QosClass.amount(v)));
        return out;
    }

    private static void add(Map<String, BigDecimal> total, Map<String, BigDecimal> more) {
        more.forEach((k, v) -> total.merge(k, v, BigDecimal::add));
    }
}
