package io.kybern.endpoint.core;

import static io.kybern.endpoint.core.EndpointFixture.WEB;
import static io.kybern.endpoint.core.EndpointFixture.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointSliceReconcilerTest {

    private final EndpointFixture given = new EndpointFixture();

    private void reconcile() {
        given.sliceController.reconcile(WEB);
    }

    private List<String> ready() {
        return given.slice().getEndpoints().stream()
                .filter(endpoint -> endpoint.getConditions().getReady())
                .map(endpoint -> endpoint.getAddresses().getFirst())
                .toList();
    }

    @Test
    void aSliceHoldsThePodsThatTheServiceSelects() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        given.pod(2, "web", false);
        given.pod(3, "other", true);

        reconcile();

        EndpointSlice slice = given.slice();
        assertThat(slice.getMetadata().getLabels())
                .containsEntry("kubernetes.io/service-name", "web")
                .containsEntry("endpointslice.kubernetes.io/managed-by", EndpointSliceReconciler.MANAGER)
                .containsEntry("team", "a");
        assertThat(slice.getMetadata().getOwnerReferences().getFirst().getUid())
                .isEqualTo(
                        given.services.require("default", "web").getMetadata().getUid());
        assertThat(slice.getPorts()).singleElement().satisfies(port -> {
            assertThat(port.getName()).isEqualTo("http");
            assertThat(port.getPort()).isEqualTo(8080);
        });
        assertThat(slice.getEndpoints())
                .extracting(endpoint -> endpoint.getTargetRef().getName())
                .containsExactly("web-1", "web-2");
        assertThat(ready()).containsExactly(EndpointFixture.address(1));
    }

    @Test
    void whatIsRightIsNotWritten() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        reconcile();
        given.slices.takeWrites();

        reconcile();

        assertThat(given.slices.takeWrites()).isEmpty();
    }

    @Test
    void aPodThatIsNoLongerReadyStaysAndIsNotReady() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        given.pod(2, "web", true);
        reconcile();

        given.pod(2, "web", false);
        reconcile();

        assertThat(given.slice().getEndpoints()).hasSize(2);
        assertThat(ready()).containsExactly(EndpointFixture.address(1));
    }

    @Test
    void aServiceWhosePodsAreGoneKeepsOneEmptySlice() {
        given.services.put(web().build());
        given.pod(1, "web", true);
        reconcile();

        given.pods.remove(new ObjectKey("default", "web-1"));
        reconcile();

        assertThat(given.slice().getEndpoints()).isEmpty();
    }

    @Test
    void aServiceWithoutSelectorIsItsOwnersBusiness() {
        given.services.put(new ServiceBuilder(web().build())
                .editSpec()
                .withSelector(null)
                .endSpec()
                .build());
        given.pod(1, "web", true);

        reconcile();

        assertThat(given.slices.all()).isEmpty();
    }

    @Test
    void aServiceThatIsAnAliasHasNoEndpoints() {
        given.services.put(new ServiceBuilder(web().build())
                .editSpec()
                .withType("ExternalName")
                .endSpec()
                .build());
        given.pod(1, "web", true);

        reconcile();

        assertThat(given.slices.all()).isEmpty();
    }

    @Test
    void slicesOfOthersAreLeftAlone() {
        given.services.put(web().build());
        EndpointSlice others = given.slices.put(new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("by-hand")
                .addToLabels("kubernetes.io/service-name", "web")
                .endMetadata()
                .withAddressType("IPv4")
                .build());

        reconcile();

        assertThat(given.slices.require("default", "by-hand")).isEqualTo(others);
        assertThat(given.slices.all()).hasSize(2);
    }

    @Test
    void theNextPassWaitsUntilTheCacheShowsTheSlice() throws InterruptedException {
        given.slices.hold();
        given.services.put(web().build());
        given.pod(1, "web", true);

        reconcile();

        assertThat(given.fence.await(WEB, Duration.ZERO)).isFalse();
        given.slices.deliverAll();
        assertThat(given.fence.await(WEB, Duration.ZERO)).isTrue();
    }

    @Test
    void aNamespaceThatEndsIsNoFailure() {
        given.services.put(web().build());
        given.slices.failWrites(verb -> EndpointFixture.namespaceEnds());

        reconcile();

        assertThat(given.slices.all()).isEmpty();
    }

    @Test
    void aRefusedWriteIsTriedAgain() {
        given.services.put(web().build());
        given.slices.failWrites(verb -> ApiFailure.answered(500, "InternalError", "no", null));

        assertThatThrownBy(this::reconcile).isInstanceOf(ApiFailure.class);
    }
}
