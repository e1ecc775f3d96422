package io.kybern.endpoint.core;

import static io.kybern.endpoint.core.EndpointFixture.WEB;
import static io.kybern.endpoint.core.EndpointFixture.address;
import static io.kybern.endpoint.core.EndpointFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.kybern.api.ObjectKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointsReconcilerTest {

    private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

    private final EndpointFixture given = new EndpointFixture();

    private Endpoints reconcile() {
        given.endpointsController.reconcile(WEB);
        return given.endpoints.require("default", "web");
    }

    private static List<String> addresses(List<EndpointAddress> addresses) {
        return addresses.stream().map(EndpointAddress::getIp).toList();
    }

    @Test
    void aSubsetTellsReadyAndUnreadyAddressesOfTheSamePorts() {
        given.services.put(web().build());
        given.pod(2, "web", true);
        given.pod(1, "web", true);
        given.pod(3, "web", false);

        Endpoints endpoints = reconcile();

        EndpointSubset subset = endpoints.getSubsets().getFirst();
        assertThat(endpoints.getSubsets()).hasSize(1);
        assertThat(addresses(subset.getAddresses())).containsExactly(address(1), address(2));
        assertThat(addresses(subset.getNotReadyAddresses())).containsExactly(address(3));
        assertThat(subset.getPorts().getFirst().getPort()).isEqualTo(8080);
        assertThat(subset.getAddresses().getFirst().getTargetRef().getName()).isEqualTo("web-1");
        assertThat(endpoints.getMetadata().getLabels())
                .containsEntry("team", "a")
                .containsEntry("endpoints.kubernetes.io/managed-by", "endpoint-controller")
                .doesNotContainKey("service.kubernetes.io/headless");
    }

    @Test
    void aHeadlessServiceIsLabelled() {
        given.services.put(new ServiceBuilder(web().build())
                .editSpec()
                .withClusterIP("None")
                .endSpec()
                .build());

        assertThat(reconcile().getMetadata().getLabels()).containsKey("service.kubernetes.io/headless");
    }

    @Test
    void whatIsRightIsNotWritten() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        reconcile();
        given.endpoints.takeWrites();

        reconcile();

        assertThat(given.endpoints.takeWrites()).isEmpty();
    }

    @Test
    void theFirstThousandAddressesAreKeptAndTheRestIsSaid() {
        given.services.put(web().build());
        for (int number = 1; number <= 1001; number++) {
            given.pod(number, "web", number > 1);
        }

        Endpoints crowded = reconcile();

        assertThat(crowded.getSubsets().getFirst().getAddresses()).hasSize(1000);
        assertThat(crowded.getSubsets().getFirst().getNotReadyAddresses())
                .as("those that are ready come first")
                .isEmpty();
        assertThat(crowded.getMetadata().getAnnotations()).containsEntry(OVER_CAPACITY, "truncated");
        given.pods.remove(new ObjectKey("default", "web-1001"));
        assertThat(reconcile().getMetadata().getAnnotations()).doesNotContainKey(OVER_CAPACITY);
    }

    @Test
    void annotationsOfOthersStay() {
        given.services.put(web().build());
        given.endpoints.put(new EndpointsBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .addToAnnotations("note", "mine")
                .endMetadata()
                .build());

        assertThat(reconcile().getMetadata().getAnnotations()).containsEntry("note", "mine");
    }

    @Test
    void endpointsGoWithTheirService() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        reconcile();

        given.services.remove(WEB);
        given.endpointsController.reconcile(WEB);

        assertThat(given.endpoints.all()).isEmpty();
    }

    @Test
    void endpointsThatSomebodyElseKeepsStayWithoutAService() {
        given.endpoints.put(new EndpointsBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .build());

        reconcile();

        assertThat(given.endpoints.all()).hasSize(1);
    }

    @Test
    void aNamespaceThatEndsIsNoFailure() {
        given.services.put(web().build());
        given.endpoints.failWrites(verb -> EndpointFixture.namespaceEnds());

        given.endpointsController.reconcile(WEB);

        assertThat(given.endpoints.all()).isEmpty();
    }
}
