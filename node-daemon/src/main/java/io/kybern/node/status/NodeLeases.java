package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.ZonedDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lease by which a node says that it lives. It belongs to the node's object, so that it goes when that goes. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats">node heartbeats</a>.
 */
final class NodeLeases {

    static final String NAMESPACE = "kube-node-lease";
    private static final int SECONDS = 40;

    private NodeLeases() {}

    /** The first lease of a node; without an owner if the node's object is not known yet. */
    static Lease first(String name, @Nullable Node node, ZonedDateTime now) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name)
                .withOwnerReferences(owners(node))
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(name)
                .withLeaseDurationSeconds(SECONDS)
                .withRenewTime(now)
                .endSpec()
                .build();
    }

    /** The lease renewed; it gets an owner if it has none. */
    static Lease renewed(Lease current, @Nullable Node node, ZonedDateTime now) {
        LeaseBuilder renewed =
                new LeaseBuilder(current).editSpec().withRenewTime(now).endSpec();
        List<OwnerReference> known = current.getMetadata().getOwnerReferences();
        if (known == null || known.isEmpty()) {
            renewed.editMetadata().withOwnerReferences(owners(node)).endMetadata();
        }
        return renewed.build();
    }

    private static List<OwnerReference> owners(@Nullable Node node) {
        return node == null
                ? List.of()
                : List.of(new OwnerReferenceBuilder()
                        .withApiVersion("v1")
                        .withKind("Node")
                        .withName(node.getMetadata().getName())
                        .withUid(node.getMetadata().getUid())
                        .build());
    }
}
