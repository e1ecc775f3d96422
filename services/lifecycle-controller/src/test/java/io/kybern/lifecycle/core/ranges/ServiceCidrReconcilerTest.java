package io.kybern.lifecycle.core.ranges;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.lifecycle.core.OwnedObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceCidrReconcilerTest {

    private static final ObjectKey KEY = ObjectKey.clusterScoped("more");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<ServiceCIDR> ranges =
            cluster.objects("networking.k8s.io", "v1", "servicecidrs", ServiceCIDR.class);
    private final FakeObjects<OwnedObject> addresses =
            cluster.objects("networking.k8s.io", "v1", "ipaddresses", OwnedObject.class);
    private final ServiceCidrReconciler reconciler = new ServiceCidrReconciler(
            ranges.informer(), addresses.informer(), ranges, new WriteFence(cluster.clock()), cluster.clock());

    @BeforeEach
    void theRangeOfTheCluster() {
        range("kubernetes", "10.96.0.0/16", false);
    }

    private void range(String name, String cidr, boolean leaving) {
        ServiceCIDRBuilder range = new ServiceCIDRBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withCidrs(cidr)
                .endSpec();
        if (leaving) {
            range.editMetadata()
                    .withFinalizers(ServiceCidrReconciler.FINALIZER)
                    .withDeletionTimestamp(cluster.clock().instant().toString())
                    .endMetadata();
        }
        ranges.put(range.build());
    }

    private void address(String address, Map<String, String> labels) {
        OwnedObject object = new OwnedObject();
        object.getMetadata().setName(address);
        object.getMetadata().setLabels(labels);
        addresses.put(object);
    }

    private void allocated(String address) {
        address(address, Map.of("ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io"));
    }

    private Condition ready() {
        return ranges.require("", "more").getStatus().getConditions().getFirst();
    }

    @Test
    void aNewRangeIsHeldAndReady() {
        range("more", "10.97.0.0/24", false);
        reconciler.reconcile(KEY);
        reconciler.reconcile(KEY);

        assertThat(ranges.require("", "more").getMetadata().getFinalizers())
                .containsExactly(ServiceCidrReconciler.FINALIZER);
        assertThat(ready().getType()).isEqualTo("Ready");
        assertThat(ready().getStatus()).isEqualTo("True");
        assertThat(ready().getMessage()).isEqualTo("Kubernetes Service CIDR is ready");
        ranges.takeWrites();
        reconciler.reconcile(KEY);
        assertThat(ranges.takeWrites()).as("writes without a change").isEmpty();
    }

    @Test
    void aRangeGoesWhenEveryServerKnows() {
        range("more", "10.97.0.0/24", true);
        assertThat(reconciler.leaving()).containsExactly(KEY);
        assertThat(reconciler.reconcile(KEY))
                .isInstanceOfSatisfying(
                        Outcome.Again.class, again -> assertThat(again.after()).isEqualTo(Duration.ofSeconds(10)));

        cluster.clock().advance(Duration.ofSeconds(10));
        assertThat(reconciler.reconcile(KEY)).isEqualTo(Outcome.done());
        assertThat(ranges.get(KEY)
                        .map(range -> range.getMetadata().getFinalizers().isEmpty())
                        .orElse(true))
                .isTrue();
    }

    @Test
    void aRangeStaysWhileItsAddressesHaveNoOther() {
        range("more", "10.97.0.0/24", true);
        allocated("10.97.0.9");
        cluster.clock().advance(Duration.ofSeconds(11));
        reconciler.reconcile(KEY);

        assertThat(ready().getStatus()).isEqualTo("False");
        assertThat(ready().getReason()).isEqualTo("Terminating");
        assertThat(ready().getMessage())
                .isEqualTo("There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new"
                        + " ServiceCIDR");
        assertThat(ranges.require("", "more").getMetadata().getFinalizers()).isNotEmpty();

        range("wider", "10.97.0.0/16", false);
        reconciler.reconcile(KEY);
        assertThat(ranges.get(KEY)
                        .map(range -> range.getMetadata().getFinalizers().isEmpty())
                        .orElse(true))
                .isTrue();
    }

    @Test
    void rangesThatGoTogetherDoNotLetEachOtherGo() {
        range("more", "10.97.0.0/24", true);
        range("wider", "10.97.0.0/16", true);
        allocated("10.97.0.9");
        cluster.clock().advance(Duration.ofSeconds(11));
        for (String each : List.of("more", "wider")) {
            reconciler.reconcile(ObjectKey.clusterScoped(each));
            assertThat(ranges.require("", each).getMetadata().getFinalizers())
                    .as(each)
                    .isNotEmpty();
        }
    }

    @Test
    void addressesElsewhereAndThoseOfOthersHoldNothing() {
        range("more", "10.97.0.0/24", true);
        allocated("10.96.0.9");
        address("10.97.0.9", Map.of());
        allocated("2001:db8::1");
        cluster.clock().advance(Duration.ofSeconds(11));
        reconciler.reconcile(KEY);

        assertThat(ranges.get(KEY)
                        .map(range -> range.getMetadata().getFinalizers().isEmpty())
                        .orElse(true))
                .isTrue();
    }

    @Test
    void aRangeContainsWhatBeginsAlike() {
        AddressPrefix range = AddressPrefix.parse("10.97.4.0/22").orElseThrow();
        assertThat(range.contains(AddressPrefix.parse("10.97.7.255").orElseThrow()))
                .isTrue();
        assertThat(range.contains(AddressPrefix.parse("10.97.8.0").orElseThrow()))
                .isFalse();
        assertThat(range.contains(AddressPrefix.parse("10.97.4.0/24").orElseThrow()))
                .isTrue();
        assertThat(range.contains(AddressPrefix.parse("10.97.0.0/16").orElseThrow()))
                .isFalse();
        assertThat(range.contains(AddressPrefix.parse("2001:db8::/64").orElseThrow()))
                .isFalse();
        assertThat(AddressPrefix.parse("localhost")).isEmpty();
    }
}
