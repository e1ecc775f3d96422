package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** CronJobs: Jobs by the clock. */
class CronJobsE2E extends ClusterTest {

    /** A minute may be missed on a machine that stands still. */
    private static final Duration TWO_MINUTES_AND_A_RUN = Duration.ofSeconds(200);

    private void cronJob(String name, String spec, String command) {
        kubectl.apply("""
                apiVersion: batch/v1
                kind: CronJob
                metadata: { name: %1$s }
                spec:
                  jobTemplate:
                    metadata: { labels: { from: %1$s } }
                    spec:
                      template:
                        spec:
                          restartPolicy: Never
                          terminationGracePeriodSeconds: 1
                          containers:
                          - { name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "%3$s"] }
                """.formatted(name, IMAGE, command) + spec.indent(2));
    }

    /** All at once, since each waits for the next minute. */
    @BeforeAll
    void create() {
        cronJob("tick", "schedule: \"* * * * *\"\ntimeZone: Europe/Berlin\n", "exit 0");
        for (String policy : new String[] {"Allow", "Forbid", "Replace"}) {
            String name = policy.toLowerCase(Locale.ROOT);
            cronJob(name, "schedule: \"* * * * *\"\nconcurrencyPolicy: " + policy + "\n", "sleep 3600");
        }
    }

    private String jobs(String cronJob) {
        return kubectl.run("get", "jobs", "-l", "from=" + cronJob, "-o", "jsonpath={.items[*].metadata.name}");
    }

    @Test
    void runsWhenItIsDueAndWhenAskedFor() {
        eventually("a run has succeeded").atMost(TWO_MINUTES_AND_A_RUN).untilAsserted(() -> assertThat(
                        field("cronjob/tick", ".status.lastSuccessfulTime"))
                .isNotEmpty());
        assertThat(jobs("tick")).startsWith("tick-");
        assertThat(field("cronjob/tick", ".status.lastScheduleTime")).endsWith(":00Z");
        kubectl.run("patch", "cronjob", "tick", "-p", "{\"spec\":{\"suspend\":true}}");
        kubectl.run("create", "job", "by-hand", "--from=cronjob/tick");
        kubectl.run("wait", "job/by-hand", "--for=condition=Complete", "--timeout=110s");
        assertThat(kubectl.run("get", "cronjob", "tick"))
                .contains("Europe/Berlin")
                .contains("True");
        kubectl.run("delete", "cronjob", "tick");
        eventually("the Jobs go with it")
                .untilAsserted(() -> assertThat(jobs("tick")).isEmpty());
    }

    @Test
    void aRunThatLastsIsJoinedWaitedForOrReplacedByTheNext() {
        eventually("each has a first run").atMost(TWO_MINUTES_AND_A_RUN).untilAsserted(() -> {
            for (String name : new String[] {"allow", "forbid", "replace"}) {
                assertThat(jobs(name)).as(name).startsWith(name);
            }
        });
        String first = jobs("replace").split(" ")[0];
        eventually("two run side by side").atMost(TWO_MINUTES_AND_A_RUN).untilAsserted(() -> assertThat(
                        field("cronjob/allow", ".status.active[*].name").split(" "))
                .hasSizeGreaterThan(1));
        eventually("the first run is replaced").atMost(TWO_MINUTES_AND_A_RUN).untilAsserted(() -> assertThat(
                        jobs("replace"))
                .isNotEqualTo(first)
                .doesNotContain(" ")
                .isNotEmpty());
        eventually("a run is left out").atMost(TWO_MINUTES_AND_A_RUN).untilAsserted(() -> assertThat(
                        kubectl.run("get", "events", "--field-selector=reason=JobAlreadyActive", "-o", "name"))
                .isNotEmpty());
        assertThat(jobs("forbid")).doesNotContain(" ");
        kubectl.run("delete", "cronjob", "allow", "forbid", "replace");
    }
}
