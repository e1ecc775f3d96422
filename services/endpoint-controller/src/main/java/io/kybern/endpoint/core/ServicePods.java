package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which pods a Service selects, and which Services a pod concerns. */
public final class ServicePods {

    private final Informer<Pod> pods;

    ServicePods(Informer<Pod> pods) {
        this.pods = pods;
    }

    /** Whether the endpoints of the Service are pods that it selects. */
    static boolean selects(Service service) {
        Map<String, String> selector = service.getSpec().getSelector();
        return selector != null
                && !selector.isEmpty()
                && !"ExternalName".equals(service.getSpec().getType());
    }

    /** The selected pods that have an address and have not ended, by name. */
    List<PodEndpoint> of(Service service) {
        LabelSelector selector = Selectors.ofMap(service.getSpec().getSelector());
        List<PodEndpoint> endpoints = new ArrayList<>();
        for (Pod pod : pods.byNamespace(service.getMetadata().getNamespace())) {
            if (selector.matches(Owners.labels(pod))) {
                Optional<PodEndpoint> endpoint = PodEndpoint.of(service, pod);
                endpoint.ifPresent(endpoints::add);
            }
        }
        endpoints.sort(Comparator.comparing(each -> each.pod().getMetadata().getName()));
        return endpoints;
    }

    /** The Services that select the pod as it was or as it is. */
    public static Collection<ObjectKey> servicesOf(Informer<Service> services, ObjectChange<Pod> change) {
        Set<ObjectKey> keys = new LinkedHashSet<>();
        change.states().forEach(pod -> collect(services, pod, keys));
        return keys;
    }

    private static void collect(Informer<Service> services, Pod pod, Set<ObjectKey> keys) {
        for (Service service : services.byNamespace(pod.getMetadata().getNamespace())) {
            if (Selectors.ofMap(service.getSpec().getSelector()).matches(Owners.labels(pod))) {
                keys.add(ObjectKeys.of(service));
            }
        }
    }
}
