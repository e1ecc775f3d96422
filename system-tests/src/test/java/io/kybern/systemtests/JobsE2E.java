package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Jobs: pods that run to their end, and what becomes of the Job then. */
class JobsE2E extends ClusterTest {

    private static final String SLEEP = "sleep 3600";

    /**
     * Creates a Job.
     *
     * @param spec what the Job's spec says, in lines that begin at the first column
     * @param command what its pods run
     */
    private void job(String name, String spec, String command) {
        kubectl.apply("""
                apiVersion: batch/v1
                kind: Job
                metadata: { name: %1$s }
                spec:
                  template:
                    spec:
                      restartPolicy: Never
                      terminationGracePeriodSeconds: 1
                      containers:
                      - { name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "%3$s"] }
                """.formatted(name, IMAGE, command) + spec.indent(2));
    }

    private void waitFor(String job, String condition) {
        kubectl.run("wait", "job/" + job, "--for=condition=" + condition, "--timeout=110s");
    }

    private String phases(String job) {
        return kubectl.run("get", "pods", "-l", "job-name=" + job, "-o", "jsonpath={.items[*].status.phase}");
    }

    private List<String> names(String job) {
        String names = kubectl.run("get", "pods", "-l", "job-name=" + job, "-o", "jsonpath={.items[*].metadata.name}");
        return names.isBlank() ? List.of() : List.of(names.split(" "));
    }

    @Test
    void isCompleteWhenEnoughPodsHaveSucceeded() {
        job("count", "completions: 3\nparallelism: 2\n", "exit 0");
        waitFor("count", "Complete");
        assertThat(field("job/count", ".status.succeeded")).isEqualTo("3");
        assertThat(field("job/count", ".status.conditions[*].type")).isEqualTo("SuccessCriteriaMet Complete");
        assertThat(phases("count")).isEqualTo("Succeeded Succeeded Succeeded");
        assertThat(kubectl.run("get", "pods", "-l", "job-name=count", "-o", "jsonpath={.items[*].metadata.finalizers}"))
                .isEmpty();
        assertThat(kubectl.run("get", "job", "count")).contains("Complete").contains("3/3");
    }

    @Test
    void givesUpAtItsLimit() {
        job("bad", "backoffLimit: 0\n", "exit 3");
        waitFor("bad", "Failed");
        assertThat(field("job/bad", ".status.failed")).isEqualTo("1");
        assertThat(field("job/bad", ".status.conditions[?(@.type=='Failed')].reason"))
                .isEqualTo("BackoffLimitExceeded");
        eventually("an event says so").untilAsserted(() -> assertThat(kubectl.run("describe", "job", "bad"))
                .contains("Job has reached the specified backoff limit"));
    }

    @Test
    void eachIndexSucceedsOrFailsByItself() {
        job(
                "index",
                "completionMode: Indexed\ncompletions: 3\nparallelism: 3\nbackoffLimitPerIndex: 0\n",
                "exit $JOB_COMPLETION_INDEX");
        waitFor("index", "Failed");
        assertThat(field("job/index", ".status.completedIndexes")).isEqualTo("0");
        assertThat(field("job/index", ".status.failedIndexes")).isEqualTo("1,2");
        assertThat(field("job/index", ".status.conditions[?(@.type=='Failed')].message"))
                .isEqualTo("Job has failed indexes");
        String first = kubectl.run(
                "get",
                "pods",
                "-l",
                "job-name=index,batch.kubernetes.io/job-completion-index=0",
                "-o",
                "jsonpath={.items[0].spec.hostname}");
        assertThat(first).isEqualTo("index-0");
    }

    @Test
    void anExitCodeEndsTheJobAtOnce() {
        job("policy", """
                backoffLimit: 6
                podFailurePolicy:
                  rules:
                  - action: FailJob
                    onExitCodes: { containerName: c, operator: In, values: [42] }
                """, "exit 42");
        waitFor("policy", "Failed");
        assertThat(field("job/policy", ".status.failed")).isEqualTo("1");
        assertThat(field("job/policy", ".status.conditions[?(@.type=='Failed')].message"))
                .matches("Container c for pod .* failed with exit code 42 matching FailJob rule at index 0");
    }

    @Test
    void succeedsWhenTheIndexThatMattersHas() {
        job("leader", """
                completionMode: Indexed
                completions: 2
                parallelism: 2
                successPolicy: { rules: [{ succeededIndexes: "0" }] }
                """, "[ $JOB_COMPLETION_INDEX = 0 ] || " + SLEEP);
        waitFor("leader", "Complete");
        assertThat(field("job/leader", ".status.completedIndexes")).isEqualTo("0");
        assertThat(field("job/leader", ".status.conditions[?(@.type=='Complete')].reason"))
                .isEqualTo("SuccessPolicy");
        eventually("the other pod goes")
                .untilAsserted(() -> assertThat(names("leader")).hasSize(1));
    }

    @Test
    void isSuspendedAndResumed() {
        job("pause", "parallelism: 2\ncompletions: 2\n", SLEEP);
        eventually("both pods run")
                .untilAsserted(() -> assertThat(phases("pause")).isEqualTo("Running Running"));
        kubectl.run("patch", "job", "pause", "-p", "{\"spec\":{\"suspend\":true}}");
        waitFor("pause", "Suspended");
        eventually("the pods go").untilAsserted(() -> assertThat(names("pause")).isEmpty());
        assertThat(field("job/pause", ".status.failed")).isEmpty();
        kubectl.run("patch", "job", "pause", "-p", "{\"spec\":{\"suspend\":false}}");
        eventually("both pods run again")
                .untilAsserted(() -> assertThat(phases("pause")).isEqualTo("Running Running"));
        kubectl.run("delete", "job", "pause");
        eventually("the pods go with the Job")
                .untilAsserted(() -> assertThat(names("pause")).isEmpty());
    }

    @Test
    void endsAtItsDeadline() {
        job("late", "activeDeadlineSeconds: 1\n", SLEEP);
        waitFor("late", "Failed");
        assertThat(field("job/late", ".status.conditions[?(@.type=='Failed')].reason"))
                .isEqualTo("DeadlineExceeded");
        eventually("its pod goes").untilAsserted(() -> assertThat(names("late")).isEmpty());
    }

    @Test
    void replacesAPodThatIsDeleted() {
        job("again", "backoffLimit: 3\n", SLEEP);
        eventually("a pod runs").untilAsserted(() -> assertThat(phases("again")).isEqualTo("Running"));
        String first = names("again").getFirst();
        kubectl.run("delete", "pod", first);
        eventually("another pod runs").untilAsserted(() -> {
            assertThat(names("again")).hasSize(1).doesNotContain(first);
            assertThat(phases("again")).isEqualTo("Running");
        });
        eventually("the first one is counted").untilAsserted(() -> assertThat(field("job/again", ".status.failed"))
                .isEqualTo("1"));
    }

    @Test
    void adoptsAPodAgainThatHasLostItsOwner() {
        job("own", "parallelism: 1\n", SLEEP);
        eventually("a pod runs").untilAsserted(() -> assertThat(phases("own")).isEqualTo("Running"));
        String pod = "pod/" + names("own").getFirst();
        kubectl.run("patch", pod, "--type=merge", "-p", "{\"metadata\":{\"ownerReferences\":null}}");
        eventually("the Job has it again")
                .untilAsserted(() -> assertThat(field(pod, ".metadata.ownerReferences[0].name"))
                        .isEqualTo("own"));
        kubectl.run("label", pod, "batch.kubernetes.io/controller-uid=other", "--overwrite");
        eventually("the Job lets it go").untilAsserted(() -> assertThat(field(pod, ".metadata.ownerReferences"))
                .isEmpty());
        eventually("it counts for nobody").untilAsserted(() -> assertThat(field(pod, ".metadata.finalizers"))
                .isEmpty());
    }

    @Test
    void goesWhenItsTimeAfterTheEndIsOver() {
        job("gone", "ttlSecondsAfterFinished: 1\n", "exit 0");
        kubectl.run("wait", "job/gone", "--for=delete", "--timeout=110s");
        assertThat(names("gone")).isEmpty();
    }
}
