package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What makes a Job end early, go on all the same, or be somebody else's; "Jobs" in the documentation. */
class JobPoliciesE2E extends ClusterTest {

    private static final String SLEEP = "sleep 3600";

    /** All of them run at once. */
    @BeforeAll
    void create() {
        job("few", """
                completionMode: Indexed
                completions: 4
                parallelism: 4
                backoffLimitPerIndex: 0
                maxFailedIndexes: 1
                """, "exit 1", "");
        job("index", """
                completionMode: Indexed
                completions: 2
                parallelism: 2
                backoffLimitPerIndex: 5
                podFailurePolicy:
                  rules: [{ action: FailIndex, onExitCodes: { operator: In, values: [42] } }]
                """, "[ $JOB_COMPLETION_INDEX = 1 ] || exit 42", "");
        job("disturbed", """
                backoffLimit: 0
                podFailurePolicy:
                  rules: [{ action: Ignore, onPodConditions: [{ type: DisruptionTarget }] }]
                """, SLEEP, "");
        job("enough", """
                completionMode: Indexed
                completions: 3
                parallelism: 3
                successPolicy: { rules: [{ succeededCount: 1 }] }
                """, "[ $JOB_COMPLETION_INDEX = 1 ] || " + SLEEP, "");
        job("both", """
                completionMode: Indexed
                completions: 4
                parallelism: 4
                successPolicy: { rules: [{ succeededIndexes: "0-1", succeededCount: 2 }] }
                """, "[ $JOB_COMPLETION_INDEX -lt 2 ] || " + SLEEP, "");
        job("others", "managedBy: example.com/somebody\n", "exit 0", "");
        job("ours", "managedBy: kubernetes.io/job-controller\n", "exit 0", "");
        job("again", "backoffLimit: 3\n", "[ -e /state/seen ] || { touch /state/seen; exit 1; }", """
                volumes: [{ name: state, emptyDir: {} }]
                restartPolicy: OnFailure
                """);
    }

    private void job(String name, String spec, String command, String more) {
        String restart = more.contains("restartPolicy") ? "" : "restartPolicy: Never\n";
        String mounts = more.contains("volumes") ? ", volumeMounts: [{ name: state, mountPath: /state }]" : "";
        kubectl.apply("""
                apiVersion: batch/v1
                kind: Job
                metadata: { name: %1$s }
                spec:
                  template:
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - { name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "%3$s"]%4$s }
                """.formatted(name, IMAGE, command, mounts) + (restart + more).indent(6) + spec.indent(2));
    }

    private void waitFor(String job, String condition) {
        kubectl.run("wait", "job/" + job, "--for=condition=" + condition, "--timeout=110s");
    }

    private String reason(String job, String condition) {
        return field("job/" + job, ".status.conditions[?(@.type=='" + condition + "')].reason");
    }

    private String podNames(String job, String more) {
        return kubectl.run("get", "pods", "-l", "job-name=" + job, "-o", "jsonpath={.items[*].metadata.name}", more);
    }

    @Test
    void tooManyFailedIndexesEndTheJob() {
        waitFor("few", "Failed");
        assertThat(reason("few", "Failed")).isEqualTo("MaxFailedIndexesExceeded");
        assertThat(field("job/few", ".status.conditions[?(@.type=='Failed')].message"))
                .isEqualTo("Job has exceeded the specified maximal number of failed indexes");
    }

    @Test
    void anExitCodeCanEndItsIndexAlone() {
        waitFor("index", "Failed");
        assertThat(field("job/index", ".status.failedIndexes")).isEqualTo("0");
        assertThat(field("job/index", ".status.completedIndexes")).isEqualTo("1");
        assertThat(field("job/index", ".status.failed")).isEqualTo("1");
        assertThat(reason("index", "Failed")).isEqualTo("FailedIndexes");
    }

    @Test
    void aDisruptedPodCountsForNothing() {
        eventually("the pod runs").untilAsserted(() -> assertThat(kubectl.run(
                        "get", "pods", "-l", "job-name=disturbed", "-o", "jsonpath={.items[*].status.phase}"))
                .isEqualTo("Running"));
        String pod = podNames("disturbed", "--field-selector=status.phase=Running");
        kubectl.call(
                        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"}}"
                                .formatted(pod, kubectl.namespace()),
                        Map.of(),
                        "create",
                        "--raw",
                        "/api/v1/namespaces/%s/pods/%s/eviction".formatted(kubectl.namespace(), pod),
                        "-f",
                        "-")
                .ok();
        eventually("another pod runs")
                .untilAsserted(() -> assertThat(podNames("disturbed", "--field-selector=status.phase=Running"))
                        .isNotEmpty()
                        .doesNotContain(pod));
        assertThat(field("job/disturbed", ".status.failed")).isIn("", "0");
        assertThat(reason("disturbed", "Failed")).isEmpty();
    }

    @Test
    void oneSuccessCanBeEnough() {
        waitFor("enough", "Complete");
        assertThat(reason("enough", "Complete")).isEqualTo("SuccessPolicy");
        assertThat(field("job/enough", ".status.succeeded")).isEqualTo("1");
        waitFor("both", "Complete");
        assertThat(reason("both", "SuccessCriteriaMet")).isEqualTo("SuccessPolicy");
        assertThat(field("job/both", ".status.completedIndexes")).isEqualTo("0,1");
        eventually("the pods that are not needed go")
                .untilAsserted(() -> assertThat(podNames("enough", "--field-selector=status.phase=Running"))
                        .isEmpty());
    }

    @Test
    void aJobOfAnotherManagerIsLeftAlone() {
        waitFor("ours", "Complete");
        assertThat(podNames("others", "--field-selector=")).isEmpty();
        assertThat(field("job/others", ".status.startTime")).isEmpty();
    }

    @Test
    void aContainerIsStartedAgainInItsPod() {
        waitFor("again", "Complete");
        assertThat(field("job/again", ".status.succeeded")).isEqualTo("1");
        assertThat(kubectl.run(
                        "get",
                        "pods",
                        "-l",
                        "job-name=again",
                        "-o",
                        "jsonpath={.items[*].status.containerStatuses[0].restartCount}"))
                .isEqualTo("1");
    }
}
