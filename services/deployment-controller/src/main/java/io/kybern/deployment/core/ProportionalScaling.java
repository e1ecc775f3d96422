package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resizes a Deployment that may be in the middle of a rollout.
 *
 * <p>One active ReplicaSet takes the whole size. If the new one is complete, the others go to zero. Otherwise all active ones
 * change in proportion to their size, so that a resize does not change how far the rollout has come; the largest takes what
 * rounding leaves. See "Deployment: Proportional scaling" of the Kubernetes documentation.
 */
final class ProportionalScaling {

    private ProportionalScaling() {}

    static void apply(Deployment deployment, RolloutBounds bounds, @Nullable SetDraft current, List<SetDraft> old) {
        List<SetDraft> all = new ArrayList<>(old);
        if (current != null) {
            all.add(current);
        }
        List<SetDraft> active =
                all.stream().filter(draft -> draft.replicas() > 0).toList();
        if (active.size() <= 1) {
            SetDraft only = active.isEmpty() ? latest(current, old) : active.getFirst();
            if (only != null && (only.replicas() != bounds.replicas() || !active.isEmpty())) {
                only.scale(bounds.replicas(), bounds);
            }
            return;
        }
        if (current != null && isSaturated(current, bounds)) {
            old.stream().filter(draft -> draft.replicas() > 0).forEach(draft -> draft.scale(0, bounds));
            return;
        }
        if (!bounds.recreate()) {
            spread(deployment, bounds, active);
        }
    }

    private static @Nullable SetDraft latest(@Nullable SetDraft current, List<SetDraft> old) {
        if (current != null) {
            return current;
        }
        return old.stream()
                .max(Comparator.comparing(SetDraft::created).thenComparing(SetDraft::name))
                .orElse(null);
    }

    private static boolean isSaturated(SetDraft set, RolloutBounds bounds) {
        return set.replicas() == bounds.replicas()
                && Annotations.number(set.observed(), Annotations.DESIRED_REPLICAS) == bounds.replicas()
                && set.reportedAvailable() == bounds.replicas();
    }

    private static void spread(Deployment deployment, RolloutBounds bounds, List<SetDraft> active) {
        int total = active.stream().mapToInt(SetDraft::replicas).sum();
        int allowed = bounds.replicas() > 0 ? bounds.maxTotal() : 0;
        int toAdd = allowed - total;
        // growing favours the newer of two equal sets, shrinking takes from the older
        Comparator<SetDraft> byAge = Comparator.comparing(SetDraft::created).thenComparing(SetDraft::name);
        List<SetDraft> ordered = active.stream()
                .sorted(Comparator.comparingInt(SetDraft::replicas)
                        .reversed()
                        .thenComparing(toAdd > 0 ? byAge.reversed() : byAge))
                .toList();
        Map<SetDraft, Integer> sizes = new LinkedHashMap<>();
        int added = 0;
        for (SetDraft draft : ordered) {
            int share = toAdd == 0 ? 0 : share(deployment, bounds, draft, toAdd, added);
            sizes.put(draft, draft.replicas() + share);
            added += share;
        }
        int leftover = toAdd - added;
        sizes.computeIfPresent(ordered.getFirst(), (draft, size) -> Math.max(0, size + leftover));
        sizes.forEach((draft, size) -> draft.scale(size, bounds));
    }

    private static int share(Deployment deployment, RolloutBounds bounds, SetDraft draft, int toAdd, int added) {
        int fraction = fraction(deployment, bounds, draft);
        int left = toAdd - added;
        return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
    }

    /** By how much the set would change if it kept its part of the whole. */
    private static int fraction(Deployment deployment, RolloutBounds bounds, SetDraft draft) {
        if (bounds.replicas() == 0) {
            return -draft.replicas();
        }
        long before = Annotations.number(draft.observed(), Annotations.MAX_REPLICAS);
        if (before <= 0) {
            DeploymentStatus status = deployment.getStatus();
            before = status == null ? 0 : requireNonNullElse(status.getReplicas(), 0);
        }
        if (before <= 0) {
            return 0;
        }
        double size = (double) draft.replicas() * bounds.maxTotal() / before;
        return (int) Math.round(size) - draft.replicas();
    }
}
