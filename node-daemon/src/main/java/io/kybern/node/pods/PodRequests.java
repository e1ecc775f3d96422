package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a pod asks of a node, and what it may take at most: the sum of its containers and sidecars, or what one init container needs if
 * that is more; what the pod asks for as a whole counts instead. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers">resource sharing</a> and
 * <a href="https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/">pod-level resources</a>.
 */
final class PodRequests {

    private static final BinaryOperator<Quantity> SUM =
            (a, b) -> Quantity.parse(amount(a).add(amount(b)).canonical());
    private static final BinaryOperator<Quantity> LARGER = (a, b) -> amount(a).compareTo(amount(b)) >= 0 ? a : b;

    private PodRequests() {}

    /** What the pod asks for, in units. */
    static Map<String, BigDecimal> of(Pod pod) {
        Map<String, BigDecimal> out = new HashMap<>();
        requests(pod).forEach((k, v) -> out.put(k, v.getNumericalAmount()));
        return out;
    }

    /** What the pod asks for. */
    static Map<String, Quantity> requests(Pod pod) {
        Map<String, Quantity> total = total(pod, PodRequests::requests);
        ResourceRequirements whole = pod.getSpec().getResources();
        QosClass.map(whole, true).forEach(total::putIfAbsent);
        total.putAll(QosClass.map(whole, false));
        overhead(pod).forEach((k, v) -> total.merge(k, v, SUM));
        return total;
    }

    /** What the pod may take at most, of what any of its containers is limited in. */
    static Map<String, Quantity> limits(Pod pod) {
        Map<String, Quantity> total = total(pod, r -> QosClass.map(r, true));
        total.putAll(QosClass.map(pod.getSpec().getResources(), true));
        overhead(pod).forEach((k, v) -> total.computeIfPresent(k, (same, has) -> SUM.apply(has, v)));
        return total;
    }

    /** What the pod's status tells of it as a whole: of one that runs, what the kernel can be told. */
    static ResourceRequirements effective(Pod pod, boolean running) {
        Map<String, Quantity> requests = requests(pod);
        Map<String, Quantity> limits = limits(pod);
        if (running) {
            requests.keySet().removeIf(name -> !kernels(pod, name, false));
            limits.keySet().removeIf(name -> !kernels(pod, name, true) || !bounded(pod, name));
        }
        return new ResourceRequirementsBuilder()
                .withRequests(requests)
                .withLimits(limits)
                .build();
    }

    private static boolean kernels(Pod pod, String name, boolean limits) {
        return List.of("cpu", "memory").contains(name)
                || QosClass.map(pod.getSpec().getResources(), limits).containsKey(name);
    }

    /** A pod of which one container may take what it likes has no limit. */
    static boolean bounded(Pod pod, String name) {
        return QosClass.map(pod.getSpec().getResources(), true).containsKey(name)
                || Stream.concat(Specs.initContainers(pod).stream(), pod.getSpec().getContainers().stream())
                        .allMatch(c -> QosClass.map(c.getResources(), true).containsKey(name));
    }

    private static Map<String, Quantity> total(
            Pod pod, Function<@Nullable ResourceRequirements, Map<String, Quantity>> kind) {
        Map<String, Quantity> total = new TreeMap<>();
        for (Container c : pod.getSpec().getContainers()) {
            kind.apply(c.getResources()).forEach((k, v) -> total.merge(k, v, SUM));
        }
        Map<String, Quantity> sidecars = new HashMap<>();
        Map<String, Quantity> initPeak = new HashMap<>();
        for (Container c : Specs.initContainers(pod)) {
            Map<String, Quantity> own = kind.apply(c.getResources());
            if (Specs.isSidecar(c)) {
                own.forEach((k, v) -> total.merge(k, v, SUM));
                own.forEach((k, v) -> sidecars.merge(k, v, SUM));
            } else {
                Map<String, Quantity> now = new HashMap<>(sidecars);
                own.forEach((k, v) -> now.merge(k, v, SUM));
                now.forEach((k, v) -> initPeak.merge(k, v, LARGER));
            }
        }
        initPeak.forEach((k, v) -> total.merge(k, v, LARGER));
        return total;
    }

    /** A limit stands in for a request that is not there. */
    private static Map<String, Quantity> requests(@Nullable ResourceRequirements resources) {
        Map<String, Quantity> out = new HashMap<>(QosClass.map(resources, true));
        out.putAll(QosClass.map(resources, false));
        return out;
    }

    private static Map<String, Quantity> overhead(Pod pod) {
        Map<String, Quantity> map = pod.getSpec().getOverhead();
        return map == null ? Map.of() : map;
    }

    private static io.kybern.api.Quantity amount(Quantity quantity) {
        return io.kybern.api.Quantity.parse(quantity.toString());
    }
}
