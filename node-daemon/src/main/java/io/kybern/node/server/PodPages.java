package io.kybern.node.server;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.pods.PodTable;
import io.kybern.node.pods.RunningContainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The lists of pods that a node shows. */
final class PodPages {

    private final PodTable pods;

    PodPages(PodTable pods) {
        this.pods = pods;
    }

    /** The pods that are to run here. */
    String all() {
        return list(pods.pods());
    }

    /** The pods of which something runs, as kubelets know them from the container engine: names and images. */
    String running() {
        List<Object> items = new ArrayList<>();
        for (Pod pod : pods.pods()) {
            String namespace = pod.getMetadata().getNamespace();
            String name = pod.getMetadata().getName();
            Collection<RunningContainer> running = pods.running(namespace, name);
            if (!running.isEmpty()) {
                Map<String, Object> item = new LinkedHashMap<>();
                Map<String, Object> metadata = new LinkedHashMap<>();
                metadata.put("name", name);
                metadata.put("namespace", namespace);
                metadata.put("uid", pod.getMetadata().getUid());
                item.put("metadata", metadata);
                item.put(
                        "spec",
                        Map.of(
                                "containers",
                                running.stream()
                                        .map(each -> container(pod, each.name()))
                                        .toList()));
                item.put("status", Map.of());
                items.add(item);
            }
        }
        return list(items);
    }

    private static Map<String, Object> container(Pod pod, String name) {
        Map<String, Object> container = new LinkedHashMap<>();
        container.put("name", name);
        image(pod, name).ifPresent(image -> container.put("image", image));
        container.put("resources", Map.of());
        return container;
    }

    private static Optional<String> image(Pod pod, String container) {
        if (pod.getSpec() == null) {
            return Optional.empty();
        }
        return Stream.of(pod.getSpec().getContainers(), pod.getSpec().getInitContainers())
                .flatMap(List::stream)
                .filter(each -> each.getName().equals(container))
                .map(Container::getImage)
                .findFirst();
    }

    /** A map, because the model leaves out what is empty; a list has its items also if there are none. */
    private static String list(Collection<?> items) {
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("kind", "PodList");
        list.put("apiVersion", "v1");
        list.put("metadata", Map.of());
        list.put("items", items);
        return Serialization.asJson(list);
    }
}
