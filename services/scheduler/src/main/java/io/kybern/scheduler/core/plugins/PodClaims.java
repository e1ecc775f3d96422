package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.controller.model.NodeMatcher;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.scheduler.core.model.NodeInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims of one pod in one cycle: where its volumes are, and what the claims that wait for it could get on each node.
 *
 * @param bound the volumes of claims that have one
 * @param waiting the claims that wait for the pod's node, those that ask for least first
 * @param plans what they get on the nodes that were found to fit; filled while nodes are looked at
 */
record PodClaims(List<Bound> bound, List<Waiting> waiting, Map<String, Plan> plans) {

    static final String OUT_OF_REACH = "node(s) didn't match PersistentVolume's node affinity";
    static final String NONE_FREE = "node(s) didn't find available persistent volumes to bind";
    static final String VOLUME_GONE = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

    PodClaims(List<Bound> bound, List<Waiting> waiting) {
        this(bound, waiting, new HashMap<>());
    }

    /**
     * The volume of a claim.
     *
     * @param exists whether there is such a volume
     * @param reach the nodes that reach it; empty for all
     */
    record Bound(boolean exists, Optional<NodeMatcher> reach) {}

    /**
     * A claim without a volume.
     *
     * @param node the node for which its volume is made already; null if that is open
     * @param candidates the volumes that it may get, the best first
     * @param storageClass its class
     */
    record Waiting(
            PersistentVolumeClaim claim,
            @Nullable String node,
            List<Candidate> candidates,
            StorageClass storageClass) {}

    /**
     * A volume that a claim may get.
     *
     * @param promised whether the claim was promised it for another pod, so nothing is left to be written
     */
    record Candidate(PersistentVolume volume, Optional<NodeMatcher> reach, boolean promised) {

        boolean isReachedFrom(NodeInfo node) {
            return reach.map(nodes -> nodes.matches(node.name(), node.labels())).orElse(true);
        }

        String name() {
            return volume.getMetadata().getName();
        }
    }

    /**
     * What the claims get on one node.
     *
     * @param node that node
     * @param keep the volumes to be kept for claims
     * @param make the claims for which a volume is to be made
     */
    record Plan(NodeInfo node, List<Keep> keep, List<PersistentVolumeClaim> make) {}

    /** This volume for that claim. */
    record Keep(PersistentVolume volume, PersistentVolumeClaim claim) {}

    /** Why the node cannot serve the claims; empty if it can, and then there is a plan for it. */
    List<String> refusals(NodeInfo node) {
        List<String> refusals = new ArrayList<>();
        if (bound.stream()
                .anyMatch(volume -> volume.exists()
                        && !volume.reach()
                                .map(nodes -> nodes.matches(node.name(), node.labels()))
                                .orElse(true))) {
            refusals.add(OUT_OF_REACH);
        }
        Plan plan = plan(node);
        if (plan == null) {
            refusals.add(NONE_FREE);
        }
        if (bound.stream().anyMatch(volume -> !volume.exists())) {
            refusals.add(VOLUME_GONE);
        }
        if (refusals.isEmpty() && plan != null) {
            plans.put(node.name(), plan);
        }
        return refusals;
    }

    private @Nullable Plan plan(NodeInfo node) {
        List<Keep> keep = new ArrayList<>();
        List<PersistentVolumeClaim> make = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Waiting each : waiting) {
            if (each.node() != null) {
                if (!each.node().equals(node.name())) {
                    return null;
                }
                continue;
            }
            Optional<Candidate> found = each.candidates().stream()
                    .filter(volume -> !taken.contains(volume.name()) && volume.isReachedFrom(node))
                    .findFirst();
            if (found.isPresent()) {
                taken.add(found.get().name());
                if (!found.get().promised()) {
                    keep.add(new Keep(found.get().volume(), each.claim()));
                }
            } else if (each.candidates().stream().noneMatch(Candidate::promised)
                    && canBeMade(each.storageClass(), node)) {
                make.add(each.claim());
            } else {
                return null;
            }
        }
        return new Plan(node, keep, make);
    }

    private static boolean canBeMade(StorageClass storageClass, NodeInfo node) {
        String provisioner = storageClass.getProvisioner();
        if (provisioner == null || provisioner.isEmpty() || provisioner.equals(VolumeMatch.BY_HAND)) {
            return false;
        }
        var topologies = storageClass.getAllowedTopologies();
        return topologies == null
                || topologies.isEmpty()
                || topologies.stream().anyMatch(term -> term.getMatchLabelExpressions().stream()
                        .allMatch(label ->
                                label.getValues().contains(node.labels().get(label.getKey()))));
    }
}
