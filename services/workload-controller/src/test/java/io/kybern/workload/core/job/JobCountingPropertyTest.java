package io.kybern.workload.core.job;

import static java.util.Objects.requireNonNullElse;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever comes between its steps (caches that lag, each type by its own measure; writes that fail; a controller that dies and another that takes
 * over), a Job counts no pod twice, and every one once.
 */
@Timeout(300)
class JobCountingPropertyTest {

    private static LongStream seeds() {
        return PropertySeeds.of(60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyPodIsCountedOnce(long seed) throws InterruptedException {
        Random random = new Random(seed);
        boolean indexed = random.nextBoolean();
        int completions = 1 + random.nextInt(6);
        try (JobFixture work = new JobFixture(spec -> {
            spec.setParallelism(1 + random.nextInt(4));
            spec.setCompletions(completions);
            spec.setBackoffLimit(1000);
            spec.setCompletionMode(indexed ? "Indexed" : "NonIndexed");
            spec.setPodReplacementPolicy(random.nextBoolean() ? "Failed" : "TerminatingOrFailed");
        })) {
            new Run(work, random).everyPodIsCountedOnce(completions, indexed);
        }
    }

    private static final class Run {

        private final JobFixture work;
        private final Random random;
        private final Set<String> succeeded = new HashSet<>();
        private final Set<String> failed = new HashSet<>();
        private boolean blind;
        private WriteFence fence;
        private JobReconciler reconciler;

        Run(JobFixture work, Random random) {
            this.work = work;
            this.random = random;
            this.fence = new WriteFence(work.cluster.clock());
            this.reconciler = work.reconciler(fence);
            work.jobs.hold();
            work.pods.hold();
        }

        void everyPodIsCountedOnce(int completions, boolean indexed) throws InterruptedException {
            for (int step = 0; step < 400; step++) {
                step();
                assertThat(number(work.status() == null ? null : work.status().getFailed()))
                        .as("failures counted so far")
                        .isLessThanOrEqualTo(failed.size());
            }
            work.jobs.failWrites(verb -> null);
            work.pods.failWrites(verb -> null);
            for (int round = 0; round < 400 && JobSettings.end(work.job()).isEmpty(); round++) {
                settle();
            }
            JobStatus status = work.status();
            assertThat(JobSettings.end(work.job())).as("end of %s", status).isPresent();
            assertThat(number(status.getSucceeded()))
                    .isGreaterThanOrEqualTo(completions)
                    .isBetween(
                            indexed || blind ? completions : succeeded.size(),
                            indexed ? completions : succeeded.size());
            // a pod that a successor has not heard of when it ends the Job is let go, and not counted
            assertThat(number(status.getFailed())).as("failures").isBetween(blind ? 0 : failed.size(), failed.size());
        }

        private static int number(@Nullable Integer value) {
            return requireNonNullElse(value, 0);
        }

        private void step() throws InterruptedException {
            switch (random.nextInt(10)) {
                case 0, 1 -> work.jobs.deliver(1 + random.nextInt(3));
                case 2, 3 -> work.pods.deliver(1 + random.nextInt(3));
                case 4, 5 -> endOne();
                case 6 -> deleteOne();
                case 7 -> {
                    takeOver();
                    fence = new WriteFence(work.cluster.clock());
                    reconciler = work.reconciler(fence);
                }
                case 8 -> breakWrites();
                default -> reconcile();
            }
            work.cluster.clock().advance(Duration.ofSeconds(random.nextInt(20)));
        }

        /** Another process goes on: one that has just listed everything, or one that stood by and whose caches lag. */
        private void takeOver() {
            if (random.nextInt(4) > 0) {
                work.jobs.deliverAll();
                work.pods.deliverAll();
            } else {
                blind = true;
            }
        }

        private void settle() throws InterruptedException {
            work.jobs.deliverAll();
            work.pods.deliverAll();
            List<Pod> running = work.active();
            if (running.isEmpty()) {
                work.pods.all().stream().filter(PodStates::isTerminating).forEach(pod -> end(pod, "Failed"));
            } else {
                running.forEach(pod -> end(pod, "Succeeded"));
            }
            work.pods.deliverAll();
            // what a bookmark says
            long now = Long.parseLong(work.jobs.put(work.job()).getMetadata().getResourceVersion());
            work.jobs.deliverAll();
            work.pods.informer().bookmark(now);
            work.cluster.clock().advance(Duration.ofMinutes(10));
            reconcile();
        }

        private void reconcile() throws InterruptedException {
            if (!fence.await(JobFixture.KEY, Duration.ZERO)) {
                return;
            }
            try {
                reconciler.reconcile(JobFixture.KEY);
            } catch (ApiFailure failure) {
                // the runtime repeats the pass
            }
        }

        private void breakWrites() {
            int every = 1 + random.nextInt(4);
            work.jobs.failWrites(verb -> fault(every));
            work.pods.failWrites(verb -> fault(every));
        }

        private @Nullable ApiFailure fault(int every) {
            return random.nextInt(every) == 0 && every < 4
                    ? ApiFailure.answered(500, "InternalError", "broken", null)
                    : null;
        }

        private void endOne() {
            List<Pod> running = work.pods.all().stream()
                    .filter(pod -> !PodStates.hasEnded(pod))
                    .toList();
            if (!running.isEmpty()) {
                Pod pod = running.get(random.nextInt(running.size()));
                end(pod, Owners.isTerminating(pod) || random.nextInt(3) > 0 ? "Failed" : "Succeeded");
            }
        }

        private void end(Pod pod, String phase) {
            // a pod that lets go of its finalizer first was taken away by the controller: it does not count
            boolean counts =
                    JobPods.isTracked(work.pods.require("ns", pod.getMetadata().getName()));
            work.end(pod, phase, phase.equals("Failed") ? 1 : 0);
            if (counts && !failed.contains(JobPods.uid(pod))) {
                (phase.equals("Failed") ? failed : succeeded).add(JobPods.uid(pod));
            }
        }

        private void deleteOne() {
            List<Pod> pods = work.active();
            if (!pods.isEmpty()) {
                Pod pod = pods.get(random.nextInt(pods.size()));
                work.pods.failWrites(verb -> null);
                work.pods.delete(ObjectKeys.of(pod), DeleteRequest.any());
                boolean atOnce = work.job().getSpec().getPodReplacementPolicy().equals("TerminatingOrFailed");
                if (atOnce && JobPods.isTracked(pod)) {
                    failed.add(JobPods.uid(pod));
                }
            }
        }
    }
}
