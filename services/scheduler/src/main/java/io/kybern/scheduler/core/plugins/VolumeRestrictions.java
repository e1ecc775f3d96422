package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kybern.api.ObjectKey;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.ClaimUse;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import io.kybern.scheduler.core.volumes.Storage;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Lets one pod in the whole cluster use a claim that is {@code ReadWriteOncePod}; see "Access Modes" in the Kubernetes documentation. */
public final class VolumeRestrictions implements PreFilterPlugin, FilterPlugin, HintPlugin {

    private static final String NAME = "VolumeRestrictions";
    private static final String ONE_POD = "ReadWriteOncePod";
    private static final Optional<Rejection> REFUSED = Optional.of(Rejection.unschedulable(
            NAME, "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"));

    private final Storage storage;

    VolumeRestrictions(Storage storage) {
        this.storage = storage;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** Claims that only one pod may use, and how many uses of them by other pods are in the way. */
    private record Exclusive(Set<ObjectKey> claims, int uses) {

        Exclusive changedBy(PodInfo other, int by) {
            return new Exclusive(claims, uses + by * usesBy(other));
        }

        int usesBy(PodInfo other) {
            return (int) other.claims().stream()
                    .filter(use -> claims.contains(use.key()))
                    .count();
        }
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        Set<ObjectKey> claims = new HashSet<>();
        for (ClaimUse use : pod.claims()) {
            storage.claim(use.key()).filter(VolumeRestrictions::isExclusive).ifPresent(claim -> claims.add(use.key()));
        }
        if (claims.isEmpty()) {
            return new PreFilterResult.Skip();
        }
        Exclusive none = new Exclusive(claims, 0);
        int uses = snapshot.nodes().stream()
                .flatMap(node -> node.pods().stream())
                .mapToInt(none::usesBy)
                .sum();
        state.put(Exclusive.class, new Exclusive(claims, uses));
        return new PreFilterResult.Proceed();
    }

    private static boolean isExclusive(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getSpec().getAccessModes(), List.of())
                .contains(ONE_POD);
    }

    @Override
    public void addPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node, Snapshot snapshot) {
        change(state, added, 1);
    }

    @Override
    public void removePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node, Snapshot snapshot) {
        change(state, removed, -1);
    }

    private static void change(CycleState state, PodInfo other, int by) {
        Exclusive exclusive = state.get(Exclusive.class);
        if (exclusive != null) {
            state.put(Exclusive.class, exclusive.changedBy(other, by));
        }
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        Exclusive exclusive = state.get(Exclusive.class);
        return exclusive == null || exclusive.uses() <= 0 ? Optional.empty() : REFUSED;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodRemoved removed -> sharesClaim(pod, removed.pod());
            case ClusterEvent.StorageChanged changed ->
                changed.claim() != null
                        && pod.claims().stream().anyMatch(use -> use.key().equals(changed.claim()));
            case ClusterEvent.NodeChanged changed -> false;
            case ClusterEvent.PodPlaced placed -> false;
            case ClusterEvent.PlacedPodChanged changed -> false;
            case ClusterEvent.NamespaceChanged changed -> false;
        };
    }

    private static boolean sharesClaim(PodInfo pod, PodInfo other) {
        return pod.claims().stream().anyMatch(use -> other.claims().stream()
                .anyMatch(taken -> taken.key().equals(use.key())));
    }
}
