package io.kybern.workload.core.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.controller.Outcome;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JobReconcilerTest {

    private static final String DONE = "CompletionsReached: Reached expected number of succeeded pods";

    @Test
    void runsAsManyPodsAtOnceAsAskedForUntilEnoughHaveSucceeded() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            spec.setParallelism(2);
            spec.setCompletions(3);
        })) {
            work.reconcile();
            assertThat(work.active()).hasSize(2).allSatisfy(pod -> assertThat(
                            pod.getMetadata().getFinalizers())
                    .containsExactly("batch.kubernetes.io/job-tracking"));
            assertThat(work.status().getStartTime()).isEqualTo("2026-01-01T00:00:00Z");
            assertThat(work.status().getActive()).isEqualTo(2);
            work.active().forEach(work::succeed);
            work.reconcile();
            assertThat(work.active()).hasSize(1);
            assertThat(work.status().getSucceeded()).isEqualTo(2);
            work.active().forEach(work::succeed);
            work.reconcile();
            assertThat(work.conditions()).containsExactly("SuccessCriteriaMet=True " + DONE, "Complete=True " + DONE);
            assertThat(work.status().getSucceeded()).isEqualTo(3);
            assertThat(work.status().getCompletionTime()).isEqualTo("2026-01-01T00:00:00Z");
            assertThat(work.pods.all()).hasSize(3).noneMatch(JobPods::isTracked);
            assertThat(work.cluster.takeEvents()).hasSize(4).last().isEqualTo("Normal Completed Job completed");
        }
    }

    @Test
    void doesNothingMoreWhenNothingHappens() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {})) {
            work.reconcile();
            work.jobs.takeWrites();
            work.pods.takeWrites();
            assertThat(work.reconcile()).isEqualTo(Outcome.done());
            assertThat(work.jobs.takeWrites()).isEmpty();
            assertThat(work.pods.takeWrites()).isEmpty();
        }
    }

    @Test
    void waitsLongerBeforeEachRetryAndGivesUpAtTheLimit() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> spec.setBackoffLimit(2))) {
            work.reconcile();
            for (int seconds : List.of(10, 20)) {
                work.active().forEach(work::fail);
                assertThat(work.reconcile())
                        .isEqualTo(Outcome.again(Duration.ofSeconds(seconds), "a new pod or the deadline is due"));
                assertThat(work.active()).isEmpty();
                work.cluster.clock().advance(Duration.ofSeconds(seconds));
                work.reconcile();
                assertThat(work.active()).hasSize(1);
            }
            work.active().forEach(work::fail);
            work.reconcile();
            assertThat(work.conditions())
                    .containsExactly(
                            "FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit",
                            "Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit");
            assertThat(work.status().getFailed()).isEqualTo(3);
            assertThat(work.cluster.takeEvents())
                    .contains("Warning BackoffLimitExceeded Job has reached the specified backoff limit");
        }
    }

    @Test
    void aWorkQueueIsCompleteWithTheFirstSuccessWhenTheOthersHaveEnded() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            spec.setParallelism(2);
            spec.setCompletions(null);
        })) {
            work.reconcile();
            List<Pod> both = work.active();
            work.succeed(both.getFirst());
            work.reconcile();
            assertThat(work.active()).hasSize(1);
            assertThat(JobSettings.end(work.job())).isEmpty();
            work.fail(both.getLast());
            work.reconcile();
            assertThat(JobSettings.end(work.job())).isPresent();
            assertThat(work.status().getFailed()).isEqualTo(1);
        }
    }

    @Test
    void endsAtTheDeadlineWhenItsPodsHaveEnded() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> spec.setActiveDeadlineSeconds(30L))) {
            assertThat(work.reconcile()).isEqualTo(Outcome.done());
            assertThat(work.reconcile())
                    .isEqualTo(Outcome.again(Duration.ofSeconds(30), "a new pod or the deadline is due"));
            work.pods.deleteGracefully();
            work.cluster.clock().advance(Duration.ofSeconds(30));
            work.reconcile();
            work.reconcile();
            assertThat(work.conditions())
                    .containsExactly(
                            "FailureTarget=True DeadlineExceeded: Job was active longer than specified deadline");
            assertThat(work.status().getTerminating()).isEqualTo(1);
            work.pods.all().forEach(pod -> work.pods.remove(ObjectKeys.of(pod)));
            work.reconcile();
            assertThat(work.conditions())
                    .endsWith("Failed=True DeadlineExceeded: Job was active longer than specified deadline");
        }
    }

    @Test
    void aSuspendedJobHasNoPodsAndBeginsAnewWhenResumed() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {})) {
            work.reconcile();
            work.change(spec -> spec.setSuspend(true));
            work.reconcile();
            assertThat(work.pods.all()).isEmpty();
            assertThat(work.conditions()).containsExactly("Suspended=True JobSuspended: Job suspended");
            assertThat(work.status().getFailed()).isNull();
            work.cluster.clock().advance(Duration.ofMinutes(1));
            work.change(spec -> spec.setSuspend(false));
            work.reconcile();
            assertThat(work.active()).hasSize(1);
            assertThat(work.conditions()).containsExactly("Suspended=False JobResumed: Job resumed");
            assertThat(work.status().getStartTime()).isEqualTo("2026-01-01T00:01:00Z");
            assertThat(work.cluster.takeEvents())
                    .contains("Normal Suspended Job suspended", "Normal Resumed Job resumed");
        }
    }

    @Test
    void replacesAPodThatIsDeletedAtOnceOrWhenItHasEnded() throws InterruptedException {
        for (boolean atOnce : new boolean[] {true, false}) {
            try (JobFixture work =
                    new JobFixture(spec -> spec.setPodReplacementPolicy(atOnce ? "TerminatingOrFailed" : "Failed"))) {
                work.reconcile();
                Pod pod = work.active().getFirst();
                work.pods.deleteGracefully();
                work.pods.delete(ObjectKeys.of(pod), io.kybern.controller.client.DeleteRequest.any());
                work.cluster.clock().advance(Duration.ofMinutes(1));
                work.reconcile();
                assertThat(work.active()).hasSize(atOnce ? 1 : 0);
                work.fail(pod);
                work.cluster.clock().advance(Duration.ofMinutes(1));
                work.reconcile();
                assertThat(work.active()).hasSize(1);
                assertThat(work.status().getFailed()).isEqualTo(1);
            }
        }
    }

    @Test
    void adoptsPodsAndLetsThemGo() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {})) {
            work.reconcile();
            Pod pod = work.active().getFirst();
            work.pods.put(new PodBuilder(pod)
                    .editMetadata()
                    .withOwnerReferences()
                    .withFinalizers()
                    .endMetadata()
                    .build());
            work.reconcile();
            assertThat(work.pods.all()).hasSize(1).allSatisfy(adopted -> {
                assertThat(adopted.getMetadata().getOwnerReferences()).hasSize(1);
                assertThat(JobPods.isTracked(adopted)).isTrue();
            });
            work.pods.put(new PodBuilder(work.pods.all().iterator().next())
                    .editMetadata()
                    .removeFromLabels("job")
                    .endMetadata()
                    .build());
            work.reconcile();
            assertThat(work.pods.all()).hasSize(2).anySatisfy(released -> {
                assertThat(released.getMetadata().getOwnerReferences()).isEmpty();
                assertThat(JobPods.isTracked(released)).isFalse();
            });
        }
    }

    @Test
    void letsThePodsOfAVanishedJobGo() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {})) {
            work.reconcile();
            work.jobs.remove(JobFixture.KEY);
            work.reconcile();
            assertThat(work.pods.all()).hasSize(1).noneMatch(JobPods::isTracked);
        }
    }

    @Test
    void leavesAJobAloneThatSomebodyElseLooksAfter() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> spec.setManagedBy("example.com/queue"))) {
            work.reconcile();
            assertThat(work.pods.all()).isEmpty();
            assertThat(work.jobs.takeWrites()).isEmpty();
        }
    }

    @Test
    void tellsWhyPodsCannotBeCreated() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {})) {
            work.pods.failWrites(verb -> ApiFailure.answered(403, "Forbidden", "exceeded quota", null));
            assertThat(org.assertj.core.api.Assertions.catchThrowable(work::reconcile))
                    .hasMessage("exceeded quota");
            assertThat(work.cluster.takeEvents()).contains("Warning FailedCreate Error creating: exceeded quota");
            assertThat(work.status().getStartTime()).isNotNull();
        }
    }
}
