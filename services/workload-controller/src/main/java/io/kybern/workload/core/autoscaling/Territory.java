package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.model.Owners;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which autoscaler looks after which pods, as their passes found out: two for the same pods would work against each other. */
final class Territory {

    private final Map<ObjectKey, LabelSelector> selectors = new ConcurrentHashMap<>();

    /** Notes what an autoscaler looks after, and answers all that look after one of these pods: {@code {name namespace}}. */
    List<String> claim(ObjectKey autoscaler, LabelSelector selector, Collection<Pod> pods) {
        selectors.put(autoscaler, selector);
        return selectors.entrySet().stream()
                .filter(each -> each.getKey().namespace().equals(autoscaler.namespace())
                        && pods.stream().anyMatch(pod -> each.getValue().matches(Owners.labels(pod))))
                .map(each -> "{" + each.getKey().name() + " " + each.getKey().namespace() + "}")
                .sorted()
                .toList();
    }

    /** Forgets an autoscaler that is gone. */
    void leave(ObjectKey autoscaler) {
        selectors.remove(autoscaler);
    }
}
