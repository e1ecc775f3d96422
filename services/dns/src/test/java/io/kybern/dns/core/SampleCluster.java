package io.kybern.dns.core;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** A cluster with one Service of each kind in namespace {@code shop}. */
public final class SampleCluster {

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Namespace> namespaces = cluster.objects("", "v1", "namespaces", Namespace.class);
    private final FakeObjects<Service> services = cluster.objects("", "v1", "services", Service.class);
    private final FakeObjects<EndpointSlice> slices =
            cluster.objects("discovery.k8s.io", "v1", "endpointslices", EndpointSlice.class);
    private final ServiceCatalog catalog =
            new ServiceCatalog(namespaces.informer(), services.informer(), slices.informer());

    public SampleCluster() {
        namespaces.put(new NamespaceBuilder()
                .withNewMetadata()
                .withName("shop")
                .endMetadata()
                .build());
        services.put(service("web")
                .editSpec()
                .withClusterIP("10.96.0.80")
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withProtocol("TCP")
                .endPort()
                .endSpec()
                .build());
        services.put(headless("db", false));
        services.put(headless("early", true));
        services.put(external("docs", "docs.example.com"));
        services.put(external("front", "web.shop.svc.cluster.local"));
        services.put(external("loop", "loop.shop.svc.cluster.local"));
        slices.put(slice("db", "10.244.1.5", "db-0", true));
        slices.put(slice("db", "10.244.2.6", null, true));
        slices.put(slice("db", "10.244.2.7", null, false));
        slices.put(slice("early", "10.244.1.9", null, false));
    }

    /** The zone of the cluster. */
    public ClusterZone zone() {
        return zone("cluster.local");
    }

    /** The same under another domain. */
    public ClusterZone zone(String domain) {
        namespaces.deliverAll();
        services.deliverAll();
        slices.deliverAll();
        return new ClusterZone(domain, catalog, Clock.systemUTC());
    }

    /** Adds ready endpoints to the headless Service {@code db}. */
    public void grow(int endpoints) {
        for (int i = 0; i < endpoints; i++) {
            slices.put(slice("db", "10.244.9." + i, null, true));
        }
        slices.deliverAll();
    }

    private static ServiceBuilder service(String name) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withType("ClusterIP")
                .endSpec();
    }

    private static Service headless(String name, boolean publishesNotReady) {
        return service(name)
                .editSpec()
                .withClusterIP("None")
                .withPublishNotReadyAddresses(publishesNotReady)
                .addNewPort()
                .withName("sql")
                .withPort(5432)
                .endPort()
                .endSpec()
                .build();
    }

    private static Service external(String name, String target) {
        return service(name)
                .editSpec()
                .withType("ExternalName")
                .withExternalName(target)
                .endSpec()
                .build();
    }

    private static EndpointSlice slice(String service, String address, @Nullable String hostname, boolean ready) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(service + "-" + address)
                .addToLabels("kubernetes.io/service-name", service)
                .endMetadata()
                .withAddressType("IPv4")
                .addNewEndpoint()
                .withAddresses(address)
                .withHostname(hostname)
                .withNewConditions()
                .withReady(ready)
                .endConditions()
                .endEndpoint()
                .addNewPort()
                .withName("sql")
                .withPort(5432)
                .withProtocol("TCP")
                .endPort()
                .build();
    }
}
