package io.kybern.bootstrap.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a cluster starts with, in the order of creation.
 *
 * @param items complete objects
 */
public record ClusterObjects(List<HasMetadata> items) {

    private static final List<String> RESOURCES =
            List.of("bootstrap/cluster.yml", "bootstrap/rbac.json", "bootstrap/components.yml");

    /** Copies the list. */
    public ClusterObjects {
        items = List.copyOf(items);
    }

    /**
     * The objects that come with the program: namespaces, priority classes and the DNS Service, the default roles and bindings
     * of Kubernetes, and the rights of Kybern's own processes.
     */
    public static ClusterObjects bundled() {
        KubernetesSerialization serialization = new KubernetesSerialization();
        List<HasMetadata> items = new ArrayList<>();
        for (String resource : RESOURCES) {
            try (InputStream stream = ClusterObjects.class.getClassLoader().getResourceAsStream(resource)) {
                if (stream == null) {
                    throw new IllegalStateException("resource " + resource + " is missing");
                }
                KubernetesList list = serialization.unmarshal(stream, KubernetesList.class);
                items.addAll(list.getItems());
            } catch (IOException e) {
                throw new UncheckedIOException("resource " + resource + " cannot be read", e);
            }
        }
        return new ClusterObjects(AggregatedRoles.fill(items));
    }
}
