package io.kybern.apiserver.registry.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.table.TableShapes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class BatchStrategiesTest {

    private static final TableShapes TABLES = new TableShapes();
    private static final ResourceType JOBS = ResourceRegistry.builtIn().require("batch", "v1", "jobs");
    private static final ResourceType CRON_JOBS = ResourceRegistry.builtIn().require("batch", "v1", "cronjobs");
    private static final String TEMPLATE =
            "\"template\": {\"metadata\": {\"labels\": {\"a\": \"b\"}}, \"spec\": {\"restartPolicy\": \"Never\","
                    + " \"containers\": [{\"name\": \"c\", \"image\": \"i\"}]}}";

    private static List<String> cronJobFaults(String name, String spec) {
        CronJobStrategy strategy = new CronJobStrategy(CRON_JOBS, TABLES.of(CRON_JOBS));
        ObjectNode cronJob = (ObjectNode) Json.read("{\"metadata\": {\"name\": \"" + name
                + "\", \"namespace\": \"ns\"}, \"spec\": {" + spec + ", \"jobTemplate\": {\"spec\": {" + TEMPLATE
                + "}}}}");
        strategy.applyDefaults(cronJob);
        return strategy.validateCreate(cronJob).stream()
                .map(FieldError::message)
                .toList();
    }

    private static List<String> jobFaults(String spec) {
        JobStrategy strategy = new JobStrategy(JOBS, TABLES.of(JOBS));
        ObjectNode job = (ObjectNode) Json.read("{\"metadata\": {\"name\": \"j\", \"namespace\": \"ns\"}, \"spec\": {"
                + "\"manualSelector\": true, \"selector\": {\"matchLabels\": {\"a\": \"b\"}}, " + TEMPLATE + spec
                + "}}");
        strategy.applyDefaults(job);
        return strategy.validateCreate(job).stream().map(FieldError::message).toList();
    }

    @Test
    void aCronJobGetsItsDefaults() {
        CronJobStrategy strategy = new CronJobStrategy(CRON_JOBS, TABLES.of(CRON_JOBS));
        ObjectNode cronJob = (ObjectNode) Json.read("{\"metadata\": {\"name\": \"c\"}, \"spec\": {}}");
        strategy.applyDefaults(cronJob);
        assertThat(cronJob.path("spec").path("concurrencyPolicy").asString()).isEqualTo("Allow");
        assertThat(cronJob.path("spec").path("successfulJobsHistoryLimit").asInt())
                .isEqualTo(3);
        assertThat(cronJob.path("spec").path("failedJobsHistoryLimit").asInt()).isEqualTo(1);
        assertThat(cronJob.path("spec").path("suspend").asBoolean()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schedule\": \"*/5 * * * *\", \"timeZone\": \"Europe/Berlin\" |",
                "\"suspend\": true | spec.schedule: Required value",
                "\"schedule\": \"5 * * *\" | spec.schedule: Invalid value: \"5 * * *\": expected exactly 5 fields, found 4: [5 * * *]",
                "\"schedule\": \"TZ=UTC 0 * * * *\" | spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ or CRON_TZ"
                        + " in schedule, use timeZone field instead",
                "\"schedule\": \"@daily\", \"timeZone\": \"Mars/Olympus\" | spec.timeZone: Invalid value: \"Mars/Olympus\": unknown"
                        + " time zone Mars/Olympus",
                "\"schedule\": \"@daily\", \"concurrencyPolicy\": \"Maybe\" | spec.concurrencyPolicy: Unsupported value: \"Maybe\":"
                        + " supported values: \"Allow\", \"Forbid\", \"Replace\"",
            })
    void aCronJobNeedsAScheduleThatCanBeRead(String spec, String fault) {
        assertThat(cronJobFaults("c", spec)).isEqualTo(fault == null ? List.of() : List.of(fault));
    }

    @Test
    void aCronJobsNameLeavesRoomForTheTime() {
        assertThat(cronJobFaults("c".repeat(53), "\"schedule\": \"@daily\""))
                .singleElement()
                .asString()
                .endsWith("must be no more than 52 characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ", \"completionMode\": \"Indexed\", \"completions\": 3, \"backoffLimitPerIndex\": 1, \"maxFailedIndexes\": 2 |",
                ", \"backoffLimitPerIndex\": 1 | spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
                ", \"completionMode\": \"Indexed\", \"completions\": 1, \"maxFailedIndexes\": 1 | spec.backoffLimitPerIndex:"
                        + " Required value: when maxFailedIndexes is specified",
                ", \"successPolicy\": {\"rules\": [{\"succeededCount\": 1}]} | spec.successPolicy: Invalid value:"
                        + " {\"rules\":[{\"succeededCount\":1}]}: requires indexed completion mode",
                ", \"completionMode\": \"Indexed\", \"completions\": 2, \"successPolicy\": {\"rules\": [{\"succeededCount\": 3}]} |"
                        + " spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the"
                        + " number of specified completions)",
                ", \"podFailurePolicy\": {\"rules\": [{\"action\": \"Ignore\", \"onExitCodes\": {\"operator\": \"In\", \"values\":"
                        + " [0]}}]} | spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for"
                        + " the In operator",
                ", \"podFailurePolicy\": {\"rules\": [{\"action\": \"FailIndex\", \"onPodConditions\": [{\"type\":"
                        + " \"DisruptionTarget\"}]}]} | spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\":"
                        + " requires the backoffLimitPerIndex to be set",
                ", \"podReplacementPolicy\": \"Never\" | spec.podReplacementPolicy: Unsupported value: \"Never\": supported values:"
                        + " \"Failed\", \"TerminatingOrFailed\"",
            })
    void aJobsPoliciesMustMakeSense(String spec, String fault) {
        assertThat(jobFaults(spec)).isEqualTo(fault == null ? List.of() : List.of(fault));
    }

    private static ObjectNode job(String status) {
        return (ObjectNode) Json.read("{\"metadata\": {\"name\": \"j\", \"namespace\": \"ns\", \"uid\": \"u\","
                + " \"resourceVersion\": \"1\"}, \"spec\": {}, \"status\": {" + status + "}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"active\": 1 | \"active\": 2, \"ready\": 1, \"failed\": 1 |",
                "\"failed\": 2 | \"failed\": 1 | status.failed: Invalid value: 1: cannot decrease the failed counter",
                "\"active\": 1 | \"active\": 1, \"ready\": 2 | status.ready: Invalid value: 2: cannot set more ready pods than active",
                "\"active\": 1 | \"completionTime\": \"2026-01-01T00:00:00Z\" | status.completionTime: Invalid value:"
                        + " \"2026-01-01T00:00:00Z\": cannot set completionTime when there is no Complete=True condition",
                "\"startTime\": \"2026-01-01T00:00:00Z\" | \"startTime\": \"2026-01-01T00:00:00Z\", \"conditions\": [{\"type\":"
                        + " \"Complete\", \"status\": \"True\"}] | status.completionTime: Required value: completionTime is required"
                        + " for Complete jobs",
                "\"active\": 1, \"startTime\": \"2026-01-01T00:00:00Z\" | \"active\": 1, \"startTime\": \"2026-01-01T00:00:00Z\","
                        + " \"conditions\": [{\"type\": \"Failed\", \"status\": \"True\"}] | status.active: Invalid value: 1:"
                        + " active>0 is invalid for finished job",
                "\"conditions\": [{\"type\": \"FailureTarget\", \"status\": \"True\"}] | \"active\": 0 | status.conditions: Invalid"
                        + " value: cannot disable the terminal FailureTarget=True condition",
            })
    void aJobsEndIsFinalAndItsNumbersAgree(String before, String now, String fault) {
        JobStrategy strategy = new JobStrategy(JOBS, TABLES.of(JOBS));

        List<String> faults = strategy.status().orElseThrow().validateUpdate(job(now), job(before)).stream()
                .map(FieldError::message)
                .toList();

        assertThat(faults).isEqualTo(fault == null ? List.of() : List.of(fault));
    }
}
