package io.kybern.workload.core.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When Jobs go that have ended; "Automatic Cleanup for Finished Jobs" in the Kubernetes documentation. */
@Timeout(60)
class FinishedJobReconcilerTest {

    private static final ObjectKey KEY = new ObjectKey("ns", "work");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Job> jobs = cluster.objects("batch", "v1", "jobs", Job.class);
    private final FinishedJobReconciler reconciler = new FinishedJobReconciler(jobs.informer(), jobs, cluster.clock());

    private void job(@Nullable Integer ttl, String condition) {
        jobs.put(new JobBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("work")
                .endMetadata()
                .withNewSpec()
                .withTtlSecondsAfterFinished(ttl)
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType(condition)
                .withStatus("True")
                .withLastTransitionTime(cluster.clock().instant().toString())
                .endCondition()
                .endStatus()
                .build());
    }

    private Outcome reconcile() {
        return reconciler.reconcile(KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Complete", "Failed"})
    void aJobGoesWhenItsTimeAfterTheEndIsOver(String end) {
        job(60, end);
        assertThat(reconcile()).isEqualTo(Outcome.again(Duration.ofSeconds(60), "the finished Job is to be deleted"));

        cluster.clock().advance(Duration.ofSeconds(59));
        assertThat(reconcile()).isEqualTo(Outcome.again(Duration.ofSeconds(1), "the finished Job is to be deleted"));
        assertThat(jobs.all()).hasSize(1);

        cluster.clock().advance(Duration.ofSeconds(1));
        assertThat(reconcile()).isEqualTo(Outcome.done());
        assertThat(jobs.all()).isEmpty();
    }

    @Test
    void aJobWithoutATimeOrAnEndStays() {
        job(null, "Complete");
        cluster.clock().advance(Duration.ofDays(1));
        assertThat(reconcile()).isEqualTo(Outcome.done());

        job(0, "Suspended");
        assertThat(reconcile()).isEqualTo(Outcome.done());
        assertThat(jobs.all()).hasSize(1);
    }

    @Test
    void noTimeIsNone() {
        job(0, "Complete");

        reconcile();

        assertThat(jobs.all()).isEmpty();
    }

    @Test
    void whoeverGivesItMoreTimeAtTheLastMomentKeepsIt() {
        job(60, "Complete");
        cluster.clock().advance(Duration.ofSeconds(60));
        jobs.hold();
        jobs.put(new JobBuilder(jobs.require("ns", "work"))
                .editSpec()
                .withTtlSecondsAfterFinished(90)
                .endSpec()
                .build());

        assertThat(reconcile()).isEqualTo(Outcome.again(Duration.ofSeconds(30), "the finished Job is to be deleted"));
        assertThat(jobs.all()).hasSize(1);
    }
}
