package io.kybern.scheduler.core.plugins;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.PreBindPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ReservePlugin;
import io.kybern.scheduler.core.model.ClaimUse;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import io.kybern.scheduler.core.volumes.Assumptions;
import io.kybern.scheduler.core.volumes.Storage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings pods to nodes that reach their volumes, and chooses node and volumes together for claims of classes that wait for their
 * first consumer; see "Storage Classes: Volume Binding Mode" in the Kubernetes documentation.
 *
 * <p>What is chosen counts at once for the pods that come after. Before the pod is bound, free volumes are kept for its claims and
 * provisioners are told the node; whoever binds claims does the rest, and the pod waits until all its claims are bound.
 */
public final class VolumeBinding implements PreFilterPlugin, FilterPlugin, ReservePlugin, PreBindPlugin, HintPlugin {

    private static final String NAME = "VolumeBinding";

    /** What its failures begin with, after the name of the plugin. */
    private static final String BINDING = "binding volumes: ";

    private final Storage storage;
    private final Assumptions assumptions = new Assumptions();

    /** Reads and writes volumes there. */
    public VolumeBinding(Storage storage) {
        this.storage = storage;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        if (pod.claims().isEmpty()) {
            return new PreFilterResult.Skip();
        }
        List<PodClaims.Bound> bound = new ArrayList<>();
        List<PodClaims.Waiting> waiting = new ArrayList<>();
        boolean early = false;
        for (ClaimUse use : pod.claims()) {
            Optional<PersistentVolumeClaim> found = storage.claim(use.key());
            Optional<String> refusal = refusal(pod, use, found);
            if (refusal.isPresent()) {
                return rejected(refusal.get());
            }
            PersistentVolumeClaim claim = found.orElseThrow();
            Optional<StorageClass> late = lateClass(claim);
            if (VolumeMatch.isBound(claim)) {
                bound.add(volumeOf(claim));
            } else if (late.isPresent() && !isNamed(claim)) {
                waiting.add(waiting(claim, late.get()));
            } else {
                early = true;
            }
        }
        if (early) {
            return rejected("pod has unbound immediate PersistentVolumeClaims");
        }
        waiting.sort(Comparator.comparing(each -> VolumeMatch.asked(each.claim())));
        state.put(PodClaims.class, new PodClaims(bound, waiting));
        return new PreFilterResult.Proceed();
    }

    private static PreFilterResult rejected(String why) {
        return new PreFilterResult.Reject(Rejection.unresolvable(NAME, why));
    }

    /** What keeps the pod from every node. */
    private static Optional<String> refusal(PodInfo pod, ClaimUse use, Optional<PersistentVolumeClaim> found) {
        String name = use.key().name();
        if (found.isEmpty()) {
            return Optional.of(
                    use.ephemeral()
                            ? "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%s\""
                                    .formatted(name)
                            : "persistentvolumeclaim \"%s\" not found".formatted(name));
        }
        PersistentVolumeClaim claim = found.get();
        if (claim.getStatus() != null && "Lost".equals(claim.getStatus().getPhase())) {
            return Optional.of("persistentvolumeclaim \"%s\" bound to non-existent persistentvolume \"%s\""
                    .formatted(name, claim.getSpec().getVolumeName()));
        }
        if (Owners.isTerminating(claim)) {
            return Optional.of("persistentvolumeclaim \"%s\" is being deleted".formatted(name));
        }
        boolean foreign = use.ephemeral()
                && claim.getMetadata().getOwnerReferences().stream()
                        .noneMatch(owner -> Boolean.TRUE.equals(owner.getController())
                                && pod.uid().equals(owner.getUid()));
        return foreign
                ? Optional.of(
                        "PVC \"%s\" was not created for pod \"%s\" (pod is not owner)".formatted(use.key(), pod.key()))
                : Optional.empty();
    }

    private static boolean isNamed(PersistentVolumeClaim claim) {
        return !requireNonNullElse(claim.getSpec().getVolumeName(), "").isEmpty();
    }

    private Optional<StorageClass> lateClass(PersistentVolumeClaim claim) {
        String name = VolumeMatch.storageClass(claim);
        return name.isEmpty()
                ? Optional.empty()
                : storage.storageClass(name).filter(found -> VolumeMatch.LATE.equals(found.getVolumeBindingMode()));
    }

    private PodClaims.Bound volumeOf(PersistentVolumeClaim claim) {
        return storage.volume(claim.getSpec().getVolumeName())
                .map(volume -> new PodClaims.Bound(true, VolumeMatch.reach(volume)))
                .orElse(new PodClaims.Bound(false, Optional.empty()));
    }

    private PodClaims.Waiting waiting(PersistentVolumeClaim claim, StorageClass storageClass) {
        ObjectKey key = ObjectKeys.of(claim);
        String node = Owners.annotations(claim).get(VolumeMatch.SELECTED_NODE);
        if (node == null) {
            node = assumptions.nodeOf(key);
        }
        if (node != null) {
            return new PodClaims.Waiting(claim, node, List.of(), storageClass);
        }
        String promised = assumptions.volumeOf(key);
        List<PersistentVolume> volumes = promised == null
                ? VolumeMatch.candidates(
                        claim,
                        storage.volumes().stream()
                                .filter(volume ->
                                        assumptions.claimOf(volume.getMetadata().getName()) == null)
                                .toList())
                : storage.volume(promised).stream().toList();
        return new PodClaims.Waiting(
                claim,
                null,
                volumes.stream()
                        .map(volume -> new PodClaims.Candidate(volume, VolumeMatch.reach(volume), promised != null))
                        .toList(),
                storageClass);
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        PodClaims claims = state.get(PodClaims.class);
        List<String> refusals = claims == null ? List.of() : claims.refusals(node);
        return refusals.isEmpty()
                ? Optional.empty()
                : Optional.of(new Rejection(NAME, Rejection.Kind.UNRESOLVABLE, refusals));
    }

    @Override
    public Optional<Rejection> reserve(CycleState state, PodInfo pod, String node) {
        PodClaims.Plan plan = plan(state, node);
        if (plan != null) {
            plan.keep()
                    .forEach(keep -> assumptions.keep(
                            pod.uid(), keep.volume().getMetadata().getName(), ObjectKeys.of(keep.claim())));
            plan.make().forEach(claim -> assumptions.make(pod.uid(), ObjectKeys.of(claim), node));
        }
        return Optional.empty();
    }

    @Override
    public void unreserve(CycleState state, PodInfo pod, String node) {
        assumptions.release(pod.uid());
    }

    @Override
    public @Nullable Await preBind(CycleState state, PodInfo pod, String node) {
        PodClaims claims = state.get(PodClaims.class);
        PodClaims.Plan plan = plan(state, node);
        if (claims == null || plan == null || claims.waiting().isEmpty()) {
            return null;
        }
        Map<ObjectKey, Long> written = new HashMap<>();
        for (PodClaims.Keep keep : plan.keep()) {
            storage.keep(keep.volume(), keep.claim());
        }
        for (PersistentVolumeClaim claim : plan.make()) {
            written.put(ObjectKeys.of(claim), storage.selectNode(claim, node));
        }
        List<PersistentVolumeClaim> awaited =
                claims.waiting().stream().map(PodClaims.Waiting::claim).toList();
        return new Await() {
            @Override
            public Progress progress() {
                Progress progress = VolumeBinding.this.progress(awaited, written, plan.node());
                if (progress instanceof Progress.Done) {
                    assumptions.release(pod.uid());
                }
                return progress;
            }

            @Override
            public String overdue() {
                return BINDING + Await.super.overdue();
            }
        };
    }

    private static PodClaims.@Nullable Plan plan(CycleState state, String node) {
        PodClaims claims = state.get(PodClaims.class);
        return claims == null ? null : claims.plans().get(node);
    }

    /** @param written the revisions that a cache must have reached before it is believed that a node is selected no longer */
    private Progress progress(Collection<PersistentVolumeClaim> awaited, Map<ObjectKey, Long> written, NodeInfo node) {
        for (PersistentVolumeClaim before : awaited) {
            ObjectKey key = ObjectKeys.of(before);
            Optional<PersistentVolumeClaim> found = storage.claim(key).filter(claim -> claim.getMetadata()
                    .getUid()
                    .equals(before.getMetadata().getUid()));
            if (found.isEmpty()) {
                return failed("persistentvolumeclaim \"%s\" not found".formatted(key.name()));
            }
            PersistentVolumeClaim claim = found.get();
            Long revision = written.get(key);
            if (Owners.isTerminating(claim)) {
                return failed("persistentvolumeclaim \"%s\" is being deleted".formatted(key.name()));
            }
            if (!isSettled(claim)) {
                boolean dropped = revision != null
                        && ObjectKeys.revision(claim) >= revision
                        && !Owners.annotations(claim).containsKey(VolumeMatch.SELECTED_NODE);
                return dropped
                        ? failed("provisioning failed for PVC \"%s\"".formatted(key.name()))
                        : new Progress.Waiting();
            }
            // who shares the claim may have been refused its volume, and have got another one elsewhere
            String volume = claim.getSpec().getVolumeName();
            if (!storage.volume(volume)
                    .flatMap(VolumeMatch::reach)
                    .map(nodes -> nodes.matches(node.name(), node.labels()))
                    .orElse(true)) {
                return failed("pv \"%s\" node affinity doesn't match node \"%s\"".formatted(volume, node.name()));
            }
        }
        return new Progress.Done();
    }

    private static Progress failed(String why) {
        return new Progress.Failed(BINDING + why);
    }

    /** Whether the caches show both sides of the binding: a volume that still looked free could be promised once more. */
    private boolean isSettled(PersistentVolumeClaim claim) {
        return VolumeMatch.isBound(claim)
                && storage.volume(claim.getSpec().getVolumeName())
                        .filter(volume -> VolumeMatch.isKeptFor(volume, claim))
                        .isPresent();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeChanged changed -> changed.labelsChanged();
            case ClusterEvent.StorageChanged changed -> changed.claim() == null || uses(pod, changed.claim());
            case ClusterEvent.PodPlaced placed -> false;
            case ClusterEvent.PlacedPodChanged changed -> false;
            // a pod that was only assumed gives back the volumes that it was promised
            case ClusterEvent.PodRemoved removed -> !removed.pod().claims().isEmpty();
            case ClusterEvent.NamespaceChanged changed -> false;
        };
    }

    private static boolean uses(PodInfo pod, ObjectKey claim) {
        return pod.claims().stream().anyMatch(use -> use.key().equals(claim));
    }
}
