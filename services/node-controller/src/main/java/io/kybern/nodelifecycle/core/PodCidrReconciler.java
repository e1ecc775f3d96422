package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives every node its range of pod addresses, once.
 *
 * <p>A range is claimed before it is given, by creating a Lease of its name that the node holds and owns. Only one creation can
 * succeed, so no two nodes ever get the same range, even if two processes should believe to lead; and the claim goes with the node.
 */
public final class PodCidrReconciler implements Reconciler {

    private static final String NAMESPACE = "kube-system";

    private final Informer<Node> nodes;
    private final ObjectApi<Node> nodeApi;
    private final ObjectApi<Lease> claims;
    private final PodCidrs ranges;
    private final EventRecorder recorder;

    /** @param ranges the range of all pods, and how it is divided */
    public PodCidrReconciler(
            Informer<Node> nodes,
            ObjectApi<Node> nodeApi,
            ObjectApi<Lease> claims,
            PodCidrs ranges,
            EventRecorder recorder) {
        this.nodes = nodes;
        this.nodeApi = nodeApi;
        this.claims = claims;
        this.ranges = ranges;
        this.recorder = recorder;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Node> node = nodes.get(key).filter(found -> rangeOf(found).isEmpty());
        if (node.isEmpty()) {
            return Outcome.done();
        }
        Set<String> taken = new HashSet<>();
        for (Node other : nodes.list()) {
            taken.add(rangeOf(other));
        }
        for (Optional<String> range = ranges.free(taken); range.isPresent(); range = ranges.free(taken)) {
            if (claim(range.get(), node.get())) {
                give(range.get(), key, node.get());
                return Outcome.done();
            }
            taken.add(range.get());
        }
        recorder.normal(node.get(), "CIDRNotAvailable", "Node " + key.name() + " status is now: CIDRNotAvailable");
        return Outcome.again(Duration.ofMinutes(1), "no range is free");
    }

    /** Answers whether the node holds the range now: because nobody did, or because an earlier pass came only that far. */
    private boolean claim(String range, Node node) {
        ObjectKey name = new ObjectKey(NAMESPACE, "pod-cidr-" + range.replace('/', '-'));
        String holder = node.getMetadata().getName();
        try {
            claims.create(new LeaseBuilder()
                    .withNewMetadata()
                    .withNamespace(name.namespace())
                    .withName(name.name())
                    .addNewOwnerReference()
                    .withApiVersion("v1")
                    .withKind("Node")
                    .withName(holder)
                    .withUid(node.getMetadata().getUid())
                    .endOwnerReference()
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity(holder)
                    .endSpec()
                    .build());
            return true;
        } catch (ApiFailure failure) {
            if (!failure.isAlreadyExists()) {
                throw failure;
            }
            return claims.get(name)
                    .filter(lease -> lease.getMetadata().getOwnerReferences().stream()
                            .anyMatch(owner ->
                                    owner.getUid().equals(node.getMetadata().getUid())))
                    .isPresent();
        }
    }

    private void give(String range, ObjectKey key, Node node) {
        ObjectNode patch = Json.object();
        patch.putObject("metadata").put("uid", node.getMetadata().getUid());
        ObjectNode spec = patch.putObject("spec");
        spec.put("podCIDR", range);
        spec.putArray("podCIDRs").add(range);
        nodeApi.patch(key, PatchType.MERGE, Json.string(patch));
    }

    private static String rangeOf(Node node) {
        return node.getSpec() == null
                ? ""
                : Objects.requireNonNullElse(node.getSpec().getPodCIDR(), "");
    }
}
