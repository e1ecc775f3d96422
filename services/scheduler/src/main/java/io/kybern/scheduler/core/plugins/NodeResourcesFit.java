package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps a node from being promised more than it has, and likes nodes with more left.
 *
 * <p><b>Goals.</b> Never overcommit requests; fill nodes evenly. <b>Constraints.</b> Limits are not looked at; a missing
 * request counts as 100m and 200Mi when scoring, or pods without requests would all pile up on one node.
 * <b>Algorithm</b> (LeastAllocated): per resource, what stays free as a share of what the node offers, times 100; the
 * mean over CPU and memory. <b>Example.</b> 4 cores and 8 GiB, 1 core and 2 GiB taken, the pod asks 1 core and 2 GiB:
 * half of both stays free, the score is 50.
 */
public final class NodeResourcesFit implements FilterPlugin, ScorePlugin, HintPlugin {

    private static final String NAME = "NodeResourcesFit";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        Resources wanted = pod.requests().actual();
        Resources taken = node.requested();
        Resources offered = node.allocatable();
        boolean tooMany = node.pods().size() + 1 > node.allowedPods();
        if (!tooMany && wanted.isZero()) {
            return Optional.empty();
        }
        Shortages shortages = new Shortages();
        if (tooMany) {
            shortages.add("Too many pods", false);
        }
        shortages.check("cpu", wanted.milliCpu(), taken.milliCpu(), offered.milliCpu());
        shortages.check("memory", wanted.memoryBytes(), taken.memoryBytes(), offered.memoryBytes());
        shortages.check("ephemeral-storage", wanted.ephemeralBytes(), taken.ephemeralBytes(), offered.ephemeralBytes());
        for (Map.Entry<String, Long> scalar : wanted.scalars().entrySet()) {
            String name = scalar.getKey();
            shortages.check(name, scalar.getValue(), taken.scalar(name), offered.scalar(name));
        }
        return shortages.rejection();
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        Resources wanted = pod.requests().nonZero();
        Resources taken = node.nonZeroRequested();
        Resources offered = node.allocatable();
        long sum = 0;
        int weights = 0;
        if (offered.milliCpu() > 0) {
            sum += leftShare(taken.milliCpu() + wanted.milliCpu(), offered.milliCpu());
            weights++;
        }
        if (offered.memoryBytes() > 0) {
            sum += leftShare(taken.memoryBytes() + wanted.memoryBytes(), offered.memoryBytes());
            weights++;
        }
        return weights == 0 ? 0 : sum / weights;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeChanged changed -> changed.resourcesChanged();
            case ClusterEvent.PodRemoved removed -> true;
            case ClusterEvent.PlacedPodChanged changed ->
                !changed.before().requests().equals(changed.after().requests());
            case ClusterEvent.PodPlaced placed -> false;
            case ClusterEvent.NamespaceChanged changed -> false;
            case ClusterEvent.StorageChanged changed -> false;
        };
    }

    private static long leftShare(long taken, long offered) {
        return taken > offered ? 0 : (long) ((double) (offered - taken) * MAX_SCORE / offered);
    }

    /** Collects what a node lacks; more than the node ever had is nothing that removing pods could cure. */
    private static final class Shortages {
        private final List<String> reasons = new ArrayList<>(2);
        private boolean unresolvable;

        void check(String resource, long wanted, long taken, long offered) {
            if (wanted > 0 && wanted > offered - taken) {
                add("Insufficient " + resource, wanted > offered);
            }
        }

        void add(String reason, boolean beyondTheNode) {
            reasons.add(reason);
            unresolvable |= beyondTheNode;
        }

        Optional<Rejection> rejection() {
            if (reasons.isEmpty()) {
                return Optional.empty();
            }
            Rejection.Kind kind = unresolvable ? Rejection.Kind.UNRESOLVABLE : Rejection.Kind.UNSCHEDULABLE;
            return Optional.of(new Rejection(NAME, kind, reasons));
        }
    }
}
