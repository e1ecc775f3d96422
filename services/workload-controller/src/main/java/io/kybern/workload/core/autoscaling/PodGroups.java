package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Pods by how much what is known of them counts; see "Algorithm details" in the Kubernetes documentation of horizontal pod autoscaling.
 *
 * @param ready how many count as they are
 * @param unready those that have only begun, whose figures say little
 * @param missing those of which nothing is known
 * @param ignored those that are going
 */
record PodGroups(int ready, Set<String> unready, Set<String> missing, Set<String> ignored) {

    /** So long a pod may need the processor just to start; the default of the controller manager. */
    private static final Duration INITIALIZATION = Duration.ofMinutes(5);

    /** Whoever was unready so soon after its start has never been ready; the default of the controller manager. */
    private static final Duration READINESS_DELAY = Duration.ofSeconds(30);

    static PodGroups of(Collection<Pod> pods, Map<String, Sample> samples, boolean cpu, Instant now) {
        int ready = 0;
        Set<String> unready = new TreeSet<>();
        Set<String> missing = new TreeSet<>();
        Set<String> ignored = new TreeSet<>();
        for (Pod pod : pods) {
            String name = pod.getMetadata().getName();
            Sample sample = samples.get(name);
            if (PodStates.isTerminating(pod) || PodStates.phase(pod).equals("Failed")) {
                ignored.add(name);
            } else if (PodStates.phase(pod).equals("Pending")) {
                unready.add(name);
            } else if (sample == null) {
                missing.add(name);
            } else if (cpu && isStarting(pod, sample, now)) {
                unready.add(name);
            } else {
                ready++;
            }
        }
        return new PodGroups(ready, unready, missing, ignored);
    }

    private static boolean isStarting(Pod pod, Sample sample, Instant now) {
        Optional<PodCondition> ready = PodStates.condition(pod, "Ready");
        String started = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
        if (ready.isEmpty() || started == null) {
            return true;
        }
        boolean isReady = !"False".equals(ready.get().getStatus());
        Instant start = Instant.parse(started);
        String changed = ready.get().getLastTransitionTime();
        Instant since = changed == null ? Instant.MIN : Instant.parse(changed);
        if (start.plus(INITIALIZATION).isAfter(now)) {
            return !isReady || changed != null && sample.at().isBefore(since.plus(sample.window()));
        }
        return !isReady && start.plus(READINESS_DELAY).isAfter(since);
    }
}
