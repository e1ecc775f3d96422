package io.kybern.workload.core.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IndexedJobTest {

    private static void indexed(JobSpec spec, int completions) {
        spec.setCompletionMode("Indexed");
        spec.setCompletions(completions);
        spec.setParallelism(completions);
    }

    @Test
    void eachPodKnowsItsIndex() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> indexed(spec, 2))) {
            work.reconcile();
            Pod second = work.active(1);
            assertThat(second.getMetadata().getGenerateName()).isEqualTo("work-1-");
            assertThat(second.getSpec().getHostname()).isEqualTo("work-1");
            assertThat(second.getMetadata().getLabels())
                    .containsAllEntriesOf(Map.of(JobPods.INDEX, "1", "job", "work"));
            EnvVar variable =
                    second.getSpec().getContainers().getFirst().getEnv().getFirst();
            assertThat(variable.getName()).isEqualTo("JOB_COMPLETION_INDEX");
            assertThat(variable.getValueFrom().getFieldRef().getFieldPath())
                    .isEqualTo("metadata.labels['batch.kubernetes.io/job-completion-index']");
        }
    }

    @Test
    void isCompleteWhenEveryIndexHasSucceeded() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> indexed(spec, 5))) {
            work.reconcile();
            for (int index : new int[] {0, 2, 3, 4}) {
                work.succeed(work.active(index));
            }
            work.reconcile();
            assertThat(work.status().getCompletedIndexes()).isEqualTo("0,2-4");
            work.fail(work.active(1));
            work.reconcile();
            work.cluster.clock().advance(Duration.ofSeconds(10));
            work.reconcile();
            work.succeed(work.active(1));
            work.reconcile();
            assertThat(work.status().getCompletedIndexes()).isEqualTo("0-4");
            assertThat(work.status().getSucceeded()).isEqualTo(5);
            assertThat(work.status().getFailed()).isEqualTo(1);
            assertThat(JobSettings.end(work.job())).isPresent();
        }
    }

    @Test
    void anIndexHasALimitOfItsOwn() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            indexed(spec, 2);
            spec.setBackoffLimit(Integer.MAX_VALUE);
            spec.setBackoffLimitPerIndex(1);
        })) {
            work.reconcile();
            work.succeed(work.active(0));
            work.fail(work.active(1));
            work.reconcile();
            assertThat(work.active()).isEmpty();
            work.cluster.clock().advance(Duration.ofSeconds(10));
            work.reconcile();
            assertThat(work.active(1).getMetadata().getAnnotations()).containsEntry(JobPods.INDEX_FAILURES, "1");
            work.fail(work.active(1));
            work.reconcile();
            work.reconcile();
            assertThat(work.status().getFailedIndexes()).isEqualTo("1");
            assertThat(work.status().getFailed()).isEqualTo(2);
            assertThat(work.conditions()).last().isEqualTo("Failed=True FailedIndexes: Job has failed indexes");
            assertThat(work.pods.all()).noneMatch(JobPods::isTracked);
        }
    }

    @Test
    void endsWhenTooManyIndexesHaveFailed() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            indexed(spec, 3);
            spec.setBackoffLimit(Integer.MAX_VALUE);
            spec.setBackoffLimitPerIndex(0);
            spec.setMaxFailedIndexes(0);
        })) {
            work.reconcile();
            work.fail(work.active(1));
            work.reconcile();
            work.reconcile();
            assertThat(work.active()).isEmpty();
            assertThat(work.conditions())
                    .last()
                    .isEqualTo("Failed=True MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of"
                            + " failed indexes");
        }
    }

    @Test
    void succeedsWhenTheIndexesThatMatterHave() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            indexed(spec, 3);
            spec.setSuccessPolicy(new SuccessPolicyBuilder()
                    .addNewRule()
                    .withSucceededIndexes("0,2")
                    .withSucceededCount(1)
                    .endRule()
                    .build());
        })) {
            work.reconcile();
            work.succeed(work.active(1));
            work.reconcile();
            assertThat(work.active()).hasSize(2);
            work.succeed(work.active(2));
            work.reconcile();
            assertThat(work.status().getTerminating()).isEqualTo(1);
            work.reconcile();
            work.reconcile();
            assertThat(work.active()).isEmpty();
            assertThat(work.conditions())
                    .containsExactly(
                            "SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 0",
                            "Complete=True SuccessPolicy: Matched rules at index 0");
            assertThat(work.status().getFailed()).isNull();
        }
    }

    @Test
    void aFailureMeansWhatThePolicySays() throws InterruptedException {
        try (JobFixture work = new JobFixture(spec -> {
            indexed(spec, 2);
            spec.setPodReplacementPolicy("Failed");
            spec.setPodFailurePolicy(new PodFailurePolicyBuilder()
                    .addNewRule()
                    .withAction("Ignore")
                    .withNewOnExitCodes()
                    .withOperator("In")
                    .withValues(3)
                    .endOnExitCodes()
                    .endRule()
                    .addNewRule()
                    .withAction("FailJob")
                    .withNewOnExitCodes()
                    .withContainerName("c")
                    .withOperator("NotIn")
                    .withValues(4)
                    .endOnExitCodes()
                    .endRule()
                    .build());
        })) {
            work.reconcile();
            work.end(work.active(0), "Failed", 3);
            work.reconcile();
            assertThat(work.status().getFailed()).isNull();
            work.cluster.clock().advance(Duration.ofSeconds(10));
            work.reconcile();
            work.end(work.active(0), "Failed", 4);
            work.reconcile();
            assertThat(work.status().getFailed()).isEqualTo(1);
            Pod last = work.active(1);
            work.end(last, "Failed", 42);
            work.reconcile();
            work.reconcile();
            assertThat(work.conditions())
                    .last()
                    .isEqualTo("Failed=True PodFailurePolicy: Container c for pod ns/"
                            + last.getMetadata().getName()
                            + " failed with exit code 42 matching FailJob rule at index 1");
        }
    }

    @Test
    void indexesAreWrittenAndReadInIntervals() {
        IndexSet set = IndexSet.parse("1,3-5,7,8,x,9-", 8);
        assertThat(set).hasToString("1,3-5,7");
        assertThat(set.union(IndexSet.parse("8", 9))).hasToString("1,3-5,7,8");
        assertThat(set.lowestAbsent(8)).containsExactly(0, 2, 6);
    }
}
