package io.kybern.apiserver.registry.batch;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a new status of a Job may say after the old one, see "Jobs" and KEP-3998: an end is final, its numbers agree with it, and counts
 * do not go back. What was not changed is not held against the writer.
 */
final class JobStatusValidator {

    private static final FieldPath STATUS = FieldPath.of("status");
    private static final FieldPath CONDITIONS = STATUS.child("conditions");
    private static final FieldPath COMPLETION = STATUS.child("completionTime");

    private final JsonNode spec;
    private final JsonNode now;
    private final JsonNode before;
    private final List<FieldError> errors;

    private JobStatusValidator(ObjectNode job, ObjectNode old, List<FieldError> errors) {
        this.spec = job.path("spec");
        this.now = job.path("status");
        this.before = old.path("status");
        this.errors = errors;
    }

    static void validate(ObjectNode job, ObjectNode old, List<FieldError> errors) {
        JobStatusValidator validator = new JobStatusValidator(job, old, errors);
        validator.counts();
        validator.conditions();
        validator.completion();
        validator.finished();
    }

    private void counts() {
        for (String count : List.of("active", "succeeded", "failed", "ready", "terminating")) {
            Values.notNegative(now, count, STATUS, errors);
        }
        long ready = now.path("ready").asLong(0);
        boolean moved = changed("ready") || changed("active");
        if (moved && ready > now.path("active").asLong(0)) {
            errors.add(FieldError.invalid(STATUS.child("ready"), ready, "cannot set more ready pods than active"));
        }
        boolean mayShrink = spec.path("completionMode").asString("").equals("Indexed");
        for (String counter : mayShrink ? List.of("failed") : List.of("failed", "succeeded")) {
            long count = now.path(counter).asLong(0);
            if (count < before.path(counter).asLong(0)) {
                errors.add(FieldError.invalid(
                        STATUS.child(counter), count, "cannot decrease the " + counter + " counter"));
            }
        }
    }

    private void conditions() {
        if (holds(now, "Complete") && holds(now, "Failed")) {
            errors.add(FieldError.invalid(CONDITIONS, "cannot set Complete=True and Failed=true conditions"));
        }
        if (holds(now, "Complete") && holds(now, "FailureTarget")) {
            errors.add(FieldError.invalid(CONDITIONS, "cannot set Complete=True and FailureTarget=true conditions"));
        }
        for (String terminal : List.of("Failed", "Complete", "FailureTarget", "SuccessCriteriaMet")) {
            if (holds(before, terminal) && !holds(now, terminal)) {
                errors.add(FieldError.invalid(
                        CONDITIONS, "cannot disable the terminal %s=True condition".formatted(terminal)));
            }
        }
    }

    private void completion() {
        boolean complete = holds(now, "Complete");
        JsonNode time = now.path("completionTime");
        if (changed("completionTime") || complete != holds(before, "Complete")) {
            if (!complete && time.isString()) {
                errors.add(FieldError.invalid(
                        COMPLETION, time, "cannot set completionTime when there is no Complete=True condition"));
            }
            if (complete && !time.isString()) {
                errors.add(FieldError.required(COMPLETION, "completionTime is required for Complete jobs"));
            }
        }
        if (holds(before, "Complete") && changed("completionTime")) {
            errors.add(FieldError.invalid(COMPLETION, time, "completionTime cannot be mutated"));
        }
        Instant start = instant(now.path("startTime"));
        Instant end = instant(time);
        boolean moved = changed("completionTime") || changed("startTime");
        if (moved && start != null && end != null && end.isBefore(start)) {
            errors.add(FieldError.invalid(COMPLETION, time, "completionTime cannot be set before startTime"));
        }
    }

    private void finished() {
        if (!isFinished(now)) {
            return;
        }
        boolean justNow = !isFinished(before);
        for (String count : List.of("active", "terminating")) {
            long pods = now.path(count).asLong(0);
            if ((justNow || changed(count)) && pods > 0) {
                errors.add(FieldError.invalid(STATUS.child(count), pods, count + ">0 is invalid for finished job"));
            }
        }
        boolean neverStarted = spec.path("suspend").asBoolean(false);
        if ((justNow || changed("startTime"))
                && !neverStarted
                && !now.path("startTime").isString()) {
            errors.add(FieldError.required(STATUS.child("startTime"), "startTime is required for finished job"));
        }
        JsonNode uncounted = now.path("uncountedTerminatedPods");
        boolean allCounted = uncounted.path("succeeded").isEmpty()
                && uncounted.path("failed").isEmpty();
        if ((justNow || changed("uncountedTerminatedPods")) && !allCounted) {
            errors.add(FieldError.invalid(
                    STATUS.child("uncountedTerminatedPods"),
                    uncounted,
                    "uncountedTerminatedPods needs to be empty for finished job"));
        }
    }

    private boolean changed(String field) {
        return !Values.same(now.path(field), before.path(field));
    }

    private static boolean isFinished(JsonNode status) {
        return holds(status, "Complete") || holds(status, "Failed");
    }

    private static boolean holds(JsonNode status, String type) {
        for (JsonNode condition : status.path("conditions")) {
            if (condition.path("type").asString("").equals(type)) {
                return condition.path("status").asString("").equals("True");
            }
        }
        return false;
    }

    private static @Nullable Instant instant(JsonNode time) {
        try {
            return time.isString() ? Instant.parse(time.asString()) : null;
        } catch (DateTimeException e) {
            // the schema's own check says more
            return null;
        }
    }
}
