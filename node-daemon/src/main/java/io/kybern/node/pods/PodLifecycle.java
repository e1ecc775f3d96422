package io.kybern.node.pods;

import java.util.List;
import java.util.Optional;

/**
 * The life of a pod on a node as one table: which stage follows, and what has to be done on the way. Follows <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/">the pod lifecycle</a>: what was accepted is
 * always stopped before its object is let go, and a stopped pod never starts again.
 */
final class PodLifecycle {

    private PodLifecycle() {}

    /** The stage that follows from the situation; the same stage when nothing is to change. */
    static PodStage next(PodStage stage, PodSituation now) {
        return switch (stage) {
            case NEW -> {
                if (now.rejected()) {
                    yield PodStage.STOPPED;
                }
                yield now.objectGone() || now.deletionAsked() || now.over() ? PodStage.STOPPING : PodStage.ACTIVE;
            }
            case ACTIVE -> now.objectGone() || now.deletionAsked() || now.over() ? PodStage.STOPPING : PodStage.ACTIVE;
            case STOPPING -> now.running() || now.starting() ? PodStage.STOPPING : PodStage.STOPPED;
            case STOPPED -> {
                if (now.objectGone()) {
                    yield PodStage.GONE;
                }
                yield now.deletionAsked() && now.reported() ? PodStage.RELEASED : PodStage.STOPPED;
            }
            case RELEASED -> now.objectGone() ? PodStage.GONE : PodStage.RELEASED;
            case GONE -> PodStage.GONE;
        };
    }

    /** What to do on the way, in order; empty when there is no such way. Staying is a way without effects. */
    static Optional<List<PodEffect>> effects(PodStage from, PodStage to) {
        if (from == to) {
            return Optional.of(List.of());
        }
        List<PodEffect> effects =
                switch (from) {
                    case NEW ->
                        switch (to) {
                            case ACTIVE -> List.of(PodEffect.ACCEPT);
                            case STOPPING -> List.of(PodEffect.BEGIN_STOP);
                            case STOPPED -> List.of(PodEffect.REPORT);
                            case NEW, RELEASED, GONE -> List.<PodEffect>of();
                        };
                    case ACTIVE ->
                        to == PodStage.STOPPING
                                ? List.of(PodEffect.CANCEL_START, PodEffect.END_RESTART_PROBES, PodEffect.BEGIN_STOP)
                                : List.of();
                    case STOPPING ->
                        to == PodStage.STOPPED
                                ? List.of(
                                        PodEffect.END_PROBES,
                                        PodEffect.RELEASE_NETWORK,
                                        PodEffect.REMOVE_SANDBOX,
                                        PodEffect.RELEASE_VOLUMES,
                                        PodEffect.REPORT)
                                : List.of();
                    case STOPPED ->
                        switch (to) {
                            case RELEASED -> List.of(PodEffect.CONFIRM_DELETION);
                            case GONE -> removal();
                            case NEW, ACTIVE, STOPPING, STOPPED -> List.of();
                        };
                    case RELEASED -> to == PodStage.GONE ? removal() : List.of();
                    case GONE -> List.of();
                };
        return effects.isEmpty() ? Optional.empty() : Optional.of(effects);
    }

    private static List<PodEffect> removal() {
        return List.of(PodEffect.REMOVE_CONTAINERS, PodEffect.REMOVE_DIRECTORY, PodEffect.FORGET);
    }
}
