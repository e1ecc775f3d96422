package io.kybern.workload.core.cronjob;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CronJobReconcilerTest {

    private static final ObjectKey KEY = new ObjectKey("ns", "tick");

    /** The first minute of 2026, in which the tests begin. */
    private static final long MINUTE = 29_453_760;

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<CronJob> cronJobs = cluster.objects("batch", "v1", "cronjobs", CronJob.class);
    private final FakeObjects<Job> jobs = cluster.objects("batch", "v1", "jobs", Job.class);
    private final CronJobReconciler reconciler = new CronJobReconciler(
            new CronJobReconciler.Access(cronJobs.informer(), jobs.informer(), cronJobs, jobs),
            new WriteFence(cluster.clock()),
            cluster.recorder(),
            cluster.clock());

    private void given(Consumer<CronJobSpec> spec) {
        CronJob cronJob = new CronJobBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("tick")
                .endMetadata()
                .withNewSpec()
                .withSchedule("* * * * *")
                .withConcurrencyPolicy("Allow")
                .withSuccessfulJobsHistoryLimit(1)
                .withFailedJobsHistoryLimit(1)
                .withNewJobTemplate()
                .withNewMetadata()
                .addToLabels("from", "tick")
                .endMetadata()
                .withNewSpec()
                .withNewTemplate()
                .withNewSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .endTemplate()
                .endSpec()
                .endJobTemplate()
                .endSpec()
                .build();
        spec.accept(cronJob.getSpec());
        cronJobs.put(cronJob);
    }

    private Outcome after(Duration time) {
        cluster.clock().advance(time);
        return reconciler.reconcile(KEY);
    }

    private List<String> names() {
        return jobs.all().stream().map(job -> job.getMetadata().getName()).toList();
    }

    private List<String> active() {
        return cronJobs.require("ns", "tick").getStatus().getActive().stream()
                .map(active -> active.getName())
                .toList();
    }

    private void end(String name, String type) {
        String now = cluster.clock().instant().toString();
        jobs.put(new JobBuilder(jobs.require("ns", name))
                .withNewStatus()
                .withStartTime(now)
                .withCompletionTime(type.equals("Complete") ? now : null)
                .addNewCondition()
                .withType(type)
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
    }

    @Test
    void createsAJobWhenItIsDueAndOnlyOnce() {
        given(spec -> {});
        assertThat(after(Duration.ofSeconds(30)))
                .isEqualTo(Outcome.again(Duration.ofMillis(30_100), "the next run is due"));
        assertThat(jobs.all()).isEmpty();
        after(Duration.ofSeconds(31));
        after(Duration.ofSeconds(1));
        assertThat(names()).containsExactly("tick-" + (MINUTE + 1));
        assertThat(active()).containsExactly("tick-" + (MINUTE + 1));
        Job job = jobs.all().iterator().next();
        assertThat(job.getMetadata().getLabels()).containsEntry("from", "tick");
        assertThat(job.getMetadata().getAnnotations())
                .containsEntry("batch.kubernetes.io/cronjob-scheduled-timestamp", "2026-01-01T00:01:00Z");
        assertThat(cronJobs.require("ns", "tick").getStatus().getLastScheduleTime())
                .isEqualTo("2026-01-01T00:01:00Z");
        assertThat(cluster.takeEvents()).containsExactly("Normal SuccessfulCreate Created job tick-" + (MINUTE + 1));
    }

    @Test
    void runsSideBySideOneAtATimeOrOneInPlaceOfTheOther() {
        given(spec -> {});
        after(Duration.ofMinutes(1));
        after(Duration.ofMinutes(1));
        assertThat(active()).hasSize(2);
        change(spec -> spec.setConcurrencyPolicy("Forbid"));
        after(Duration.ofMinutes(1));
        assertThat(active()).hasSize(2);
        assertThat(cluster.takeEvents())
                .contains("Normal JobAlreadyActive Not starting job because prior execution is running and"
                        + " concurrency policy is Forbid");
        change(spec -> spec.setConcurrencyPolicy("Replace"));
        after(Duration.ofMinutes(1));
        assertThat(names()).containsExactly("tick-" + (MINUTE + 4));
        assertThat(active()).containsExactly("tick-" + (MINUTE + 4));
    }

    private void change(Consumer<CronJobSpec> spec) {
        CronJob cronJob = cronJobs.require("ns", "tick");
        spec.accept(cronJob.getSpec());
        cronJobs.update(cronJob);
    }

    @Test
    void aSuspendedOneWaitsAndThenMakesUpForOneRun() {
        given(spec -> spec.setSuspend(true));
        assertThat(after(Duration.ofMinutes(10))).isEqualTo(Outcome.done());
        assertThat(jobs.all()).isEmpty();
        change(spec -> spec.setSuspend(false));
        after(Duration.ofSeconds(1));
        assertThat(names()).containsExactly("tick-" + (MINUTE + 10));
    }

    @Test
    void aRunThatIsTooLateDoesNotTakePlace() {
        given(spec -> {
            spec.setSchedule("0 * * * *");
            spec.setStartingDeadlineSeconds(20L);
        });
        after(Duration.ofMinutes(61));
        assertThat(jobs.all()).isEmpty();
        after(Duration.ofSeconds(59 * 60 + 10));
        assertThat(names()).containsExactly("tick-" + (MINUTE + 120));
    }

    @Test
    void complainsAboutManyMissedRunsAndMakesUpForOne() {
        given(spec -> {});
        after(Duration.ofHours(5));
        assertThat(names()).containsExactly("tick-" + (MINUTE + 300));
        assertThat(cluster.takeEvents()).anyMatch(event -> event.startsWith("Warning TooManyMissedTimes"));
    }

    @Test
    void notesTheEndOfJobsAndKeepsAsManyAsAskedFor() {
        given(spec -> {});
        for (int minute = 1; minute <= 3; minute++) {
            after(Duration.ofMinutes(1));
            end("tick-" + (MINUTE + minute), minute == 2 ? "Failed" : "Complete");
        }
        after(Duration.ofSeconds(1));
        assertThat(active()).isEmpty();
        assertThat(names()).containsExactly("tick-" + (MINUTE + 2), "tick-" + (MINUTE + 3));
        assertThat(cronJobs.require("ns", "tick").getStatus().getLastSuccessfulTime())
                .isEqualTo("2026-01-01T00:03:00Z");
        assertThat(cluster.takeEvents())
                .contains(
                        "Normal SawCompletedJob Saw completed job: tick-" + (MINUTE + 2) + ", condition: Failed",
                        "Normal SuccessfulDelete Deleted job tick-" + (MINUTE + 1));
    }

    @Test
    void forgetsAJobThatIsGone() {
        given(spec -> spec.setConcurrencyPolicy("Forbid"));
        after(Duration.ofMinutes(1));
        jobs.remove(new ObjectKey("ns", "tick-" + (MINUTE + 1)));
        after(Duration.ofSeconds(1));
        assertThat(active()).isEmpty();
        assertThat(cluster.takeEvents()).contains("Normal MissingJob Active job went missing: tick-" + (MINUTE + 1));
    }

    @Test
    void goesByTheClocksOfItsZone() {
        given(spec -> {
            spec.setSchedule("30 5 * * *");
            spec.setTimeZone("Asia/Kolkata");
        });
        after(Duration.ofSeconds(1));
        assertThat(jobs.all()).isEmpty();
        after(Duration.ofDays(1));
        assertThat(jobs.all()).singleElement().satisfies(job -> assertThat(
                        job.getMetadata().getAnnotations())
                .containsValue("2026-01-02T05:30:00+05:30"));
    }

    @Test
    void doesNothingMoreWhenNothingHappens() {
        given(spec -> {});
        after(Duration.ofMinutes(1));
        cronJobs.takeWrites();
        jobs.takeWrites();
        after(Duration.ofSeconds(1));
        assertThat(cronJobs.takeWrites()).isEmpty();
        assertThat(jobs.takeWrites()).isEmpty();
    }
}
