package io.kybern.controller.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaderElectorTest {

    private static final LeaderProperties PROPERTIES = new LeaderProperties(
            true, "kube-system", null, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Lease> leases = cluster.objects("coordination.k8s.io", "v1", "leases", Lease.class);
    private final List<String> heard = new ArrayList<>();
    private final LeaderElector one = elector("one");
    private final LeaderElector two = elector("two");

    private LeaderElector elector(String identity) {
        LeaderElector elector = new LeaderElector(leases, "scheduler", identity, PROPERTIES, cluster.clock());
        elector.listen(new LeaderListener() {
            @Override
            public void elected() {
                heard.add(identity + " elected");
            }

            @Override
            public void retired() {
                heard.add(identity + " retired");
            }
        });
        return elector;
    }

    private LeaseSpec lease() {
        return leases.require("kube-system", "scheduler").getSpec();
    }

    @Test
    void takesAFreeLease() {
        one.step();
        two.step();
        assertThat(one.isLeader()).isTrue();
        assertThat(two.isLeader()).isFalse();
        assertThat(lease().getHolderIdentity()).isEqualTo("one");
        assertThat(lease().getLeaseDurationSeconds()).isEqualTo(15);
        assertThat(lease().getLeaseTransitions()).isZero();
        assertThat(heard).containsExactly("one elected");
    }

    @Test
    void survivesAFaultOfItsOwn() {
        leases.failWrites(write -> {
            throw new IllegalStateException("an answer that nobody foresaw");
        });
        one.step();
        assertThat(one.isLeader()).isFalse();
        leases.failWrites(write -> null);
        one.step();
        assertThat(one.isLeader()).isTrue();
    }

    @Test
    void keepsTheLeaseWhileItRenews() {
        for (int second = 0; second < 60; second += 2) {
            one.step();
            two.step();
            cluster.clock().advance(Duration.ofSeconds(2));
        }
        assertThat(one.isLeader()).isTrue();
        assertThat(heard).containsExactly("one elected");
    }

    @Test
    void takesOverAfterTheLeaseRanOutAndNotBefore() {
        one.step();
        two.step();
        cluster.clock().advance(Duration.ofSeconds(14));
        two.step();
        assertThat(two.isLeader()).isFalse();
        cluster.clock().advance(Duration.ofSeconds(1));
        two.step();
        assertThat(two.isLeader()).isTrue();
        assertThat(lease().getLeaseTransitions()).isEqualTo(1);
    }

    @Test
    void stopsByItselfBeforeAnotherCanBegin() {
        one.step();
        leases.failWrites(verb -> ApiFailure.unreachable("PUT", new IOException("away")));
        cluster.clock().advance(Duration.ofSeconds(9));
        one.step();
        assertThat(one.isLeader()).isTrue();
        cluster.clock().advance(Duration.ofSeconds(1));
        assertThat(one.isLeader()).isFalse();
        one.step();
        assertThat(heard).containsExactly("one elected", "one retired");
    }

    @Test
    void leadsAgainWhenTheServerIsBack() {
        one.step();
        leases.failWrites(verb -> ApiFailure.unreachable("PUT", new IOException("away")));
        cluster.clock().advance(Duration.ofSeconds(12));
        one.step();
        leases.failWrites(verb -> null);
        one.step();
        assertThat(one.isLeader()).isTrue();
        assertThat(heard).containsExactly("one elected", "one retired", "one elected");
    }

    @Test
    void givesTheLeaseBackSoThatAnotherNeedNotWait() {
        one.step();
        two.step();
        one.resign();
        assertThat(lease().getHolderIdentity()).isEmpty();
        two.step();
        assertThat(two.isLeader()).isTrue();
        assertThat(heard).containsExactly("one elected", "one retired", "two elected");
    }

    @Test
    void onlyOneWinsARaceForAFreeLease() {
        one.step();
        one.resign();
        leases.failWrites(verb -> ApiFailure.answered(409, "Conflict", "modified", null));
        two.step();
        assertThat(two.isLeader()).isFalse();
    }

    @Test
    void leadsAloneWhereElectionIsOff() {
        LeaderElector alone = new LeaderElector(
                leases,
                "scheduler",
                "alone",
                new LeaderProperties(
                        false,
                        "kube-system",
                        null,
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(2)),
                cluster.clock());
        alone.step();
        assertThat(alone.isLeader()).isTrue();
        assertThat(leases.all()).isEmpty();
    }
}
