package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeLeasesTest {

    private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private final Node node = new NodeBuilder()
            .withNewMetadata()
            .withName("n")
            .withUid("u")
            .endMetadata()
            .build();

    @Test
    void aLeaseBelongsToItsNode() {
        Lease lease = NodeLeases.first("n", node, NOW);
        assertThat(lease.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getApiVersion()).isEqualTo("v1");
            assertThat(owner.getKind()).isEqualTo("Node");
            assertThat(owner.getName()).isEqualTo("n");
            assertThat(owner.getUid()).isEqualTo("u");
            assertThat(owner.getController()).isNull();
        });
        assertThat(lease.getSpec().getHolderIdentity()).isEqualTo("n");
        assertThat(lease.getSpec().getLeaseDurationSeconds()).isEqualTo(40);
        assertThat(lease.getSpec().getRenewTime()).isEqualTo(NOW);
    }

    @Test
    void aLeaseWithoutAnOwnerGetsItOnceTheNodeIsKnown() {
        Lease lease = NodeLeases.first("n", null, NOW);
        assertThat(lease.getMetadata().getOwnerReferences()).isEmpty();
        Lease renewed = NodeLeases.renewed(lease, node, NOW.plusSeconds(10));
        assertThat(renewed.getSpec().getRenewTime()).isEqualTo(NOW.plusSeconds(10));
        assertThat(renewed.getMetadata().getOwnerReferences()).hasSize(1);
        assertThat(NodeLeases.renewed(renewed, null, NOW).getMetadata().getOwnerReferences())
                .isEqualTo(renewed.getMetadata().getOwnerReferences());
    }
}
