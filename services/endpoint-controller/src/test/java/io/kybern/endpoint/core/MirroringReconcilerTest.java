package io.kybern.endpoint.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MirroringReconcilerTest {

    private static final ObjectKey KEY = new ObjectKey("default", "db");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Service> services = cluster.objects("", "v1", "services", Service.class);
    private final FakeObjects<Endpoints> endpoints = cluster.objects("", "v1", "endpoints", Endpoints.class);
    private final FakeObjects<EndpointSlice> slices =
            cluster.objects("discovery.k8s.io", "v1", "endpointslices", EndpointSlice.class);
    private final MirroringReconciler reconciler = new MirroringReconciler(
            services.informer(), endpoints.informer(), slices.informer(), slices, new WriteFence(cluster.clock()));

    private void service(Map<String, String> selector) {
        services.create(new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("db")
                .endMetadata()
                .withNewSpec()
                .withClusterIP("10.96.0.7")
                .withSelector(selector)
                .endSpec()
                .build());
    }

    private void endpoints(String label) {
        endpoints.create(new EndpointsBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("db")
                .addToLabels(label, "true")
                .endMetadata()
                .addNewSubset()
                .addNewAddress()
                .withIp("192.0.2.1")
                .endAddress()
                .addNewNotReadyAddress()
                .withIp("192.0.2.2")
                .endNotReadyAddress()
                .addNewPort()
                .withPort(5432)
                .endPort()
                .endSubset()
                .build());
    }

    @Test
    void copiesEndpointsOfAServiceWithoutASelector() {
        service(Map.of());
        endpoints("mine");

        reconciler.reconcile(KEY);

        assertThat(slices.all()).singleElement().satisfies(slice -> {
            assertThat(slice.getMetadata().getLabels())
                    .containsEntry("kubernetes.io/service-name", "db")
                    .containsEntry("endpointslice.kubernetes.io/managed-by", "endpointslicemirroring-controller.k8s.io")
                    .containsEntry("mine", "true");
            assertThat(slice.getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(owner -> assertThat(owner.getKind()).isEqualTo("Endpoints"));
            assertThat(slice.getPorts()).singleElement().satisfies(port -> assertThat(port.getPort())
                    .isEqualTo(5432));
            assertThat(slice.getEndpoints())
                    .extracting(endpoint -> endpoint.getConditions().getReady())
                    .containsExactly(true, false);
        });
        slices.takeWrites();
        reconciler.reconcile(KEY);
        assertThat(slices.takeWrites()).isEmpty();
    }

    @Test
    void leavesServicesWithSelectorsToTheirOwnController() {
        service(Map.of("a", "b"));
        endpoints("mine");

        reconciler.reconcile(KEY);

        assertThat(slices.all()).isEmpty();
    }

    @Test
    void leavesAloneWhatAsksForIt() {
        service(Map.of());
        endpoints("endpointslice.kubernetes.io/skip-mirror");

        reconciler.reconcile(KEY);

        assertThat(slices.all()).isEmpty();
    }

    @Test
    void removesTheCopyWithItsOriginal() {
        service(Map.of());
        endpoints("mine");
        reconciler.reconcile(KEY);
        endpoints.remove(KEY);

        reconciler.reconcile(KEY);

        assertThat(slices.all()).isEmpty();
    }
}
