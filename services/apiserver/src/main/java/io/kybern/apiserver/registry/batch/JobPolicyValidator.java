package io.kybern.apiserver.registry.batch;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a Job may say about failures and successes. See "Handling Pod and container failures" of the Kubernetes page "Jobs". */
final class JobPolicyValidator {

    private static final int MOST_RULES = 20;
    private static final int MOST_EXIT_CODES = 255;
    private static final int MOST_INDEXES = 100_000;
    private static final List<String> ACTIONS = List.of("Count", "FailIndex", "FailJob", "Ignore");
    private static final List<String> OPERATORS = List.of("In", "NotIn");

    private final JsonNode spec;
    private final FieldPath field;
    private final List<FieldError> errors;

    private JobPolicyValidator(JsonNode spec, FieldPath field, List<FieldError> errors) {
        this.spec = spec;
        this.field = field;
        this.errors = errors;
    }

    /** Adds what the rules leave unsaid. */
    static void defaults(ObjectNode spec) {
        Absent.each(
                spec.path("podFailurePolicy").path("rules"),
                rule -> Absent.each(rule.path("onPodConditions"), pattern -> Absent.text(pattern, "status", "True")));
    }

    static void validate(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JobPolicyValidator validator = new JobPolicyValidator(spec, field, errors);
        validator.indexes();
        validator.failurePolicy();
        validator.successPolicy();
        validator.replacement();
    }

    private boolean isIndexed() {
        return spec.path("completionMode").asString("").equals("Indexed");
    }

    private void indexes() {
        if (!isIndexed()) {
            for (String limit : List.of("backoffLimitPerIndex", "maxFailedIndexes")) {
                if (spec.has(limit)) {
                    errors.add(FieldError.invalid(
                            field.child(limit), spec.path(limit), "requires indexed completion mode"));
                }
            }
        } else {
            atMost("parallelism", MOST_INDEXES, MOST_INDEXES + " when completion mode is Indexed");
            if (spec.has("completions")) {
                atMost("maxFailedIndexes", spec.path("completions").asLong(), "completions");
            }
            atMost("maxFailedIndexes", MOST_INDEXES, String.valueOf(MOST_INDEXES));
        }
        if (spec.has("maxFailedIndexes") && !spec.has("backoffLimitPerIndex")) {
            errors.add(FieldError.required(field.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
        }
    }

    private void atMost(String name, long most, String words) {
        if (spec.path(name).asLong(0) > most) {
            errors.add(
                    FieldError.invalid(field.child(name), spec.path(name), "must be less than or equal to " + words));
        }
    }

    private void failurePolicy() {
        JsonNode policy = spec.path("podFailurePolicy");
        if (policy.isMissingNode()) {
            return;
        }
        JsonNode restart = spec.path("template").path("spec").path("restartPolicy");
        if (!restart.asString("").equals("Never")) {
            errors.add(FieldError.invalid(
                    field.child("template", "spec").child("restartPolicy"),
                    restart,
                    "only \"Never\" is supported when podFailurePolicy is specified"));
        }
        FieldPath rules = field.child("podFailurePolicy", "rules");
        tooMany(policy.path("rules"), MOST_RULES, rules);
        Set<String> containers = new HashSet<>();
        for (String list : List.of("containers", "initContainers")) {
            spec.path("template")
                    .path("spec")
                    .path(list)
                    .forEach(container -> containers.add(container.path("name").asString("")));
        }
        int index = 0;
        for (JsonNode rule : policy.path("rules")) {
            failureRule(rule, rules.index(index++), containers);
        }
    }

    private void failureRule(JsonNode rule, FieldPath path, Set<String> containers) {
        Values.oneOf(rule, "action", path, ACTIONS, true, errors);
        if (rule.path("action").asString("").equals("FailIndex") && !spec.has("backoffLimitPerIndex")) {
            errors.add(FieldError.invalid(
                    path.child("action"), "FailIndex", "requires the backoffLimitPerIndex to be set"));
        }
        boolean byCodes = rule.has("onExitCodes");
        boolean byConditions = !rule.path("onPodConditions").isEmpty();
        if (byCodes == byConditions) {
            errors.add(FieldError.invalid(
                    path,
                    byCodes ? rule : null,
                    byCodes
                            ? "specifying both OnExitCodes and OnPodConditions is not supported"
                            : "specifying one of OnExitCodes and OnPodConditions is required"));
        }
        if (byCodes) {
            exitCodes(rule.path("onExitCodes"), path.child("onExitCodes"), containers);
        }
        tooMany(rule.path("onPodConditions"), MOST_RULES, path.child("onPodConditions"));
        int index = 0;
        for (JsonNode pattern : rule.path("onPodConditions")) {
            FieldPath each = path.child("onPodConditions").index(index++);
            Values.oneOf(pattern, "status", each, List.of("False", "True", "Unknown"), true, errors);
        }
    }

    private void exitCodes(JsonNode codes, FieldPath path, Set<String> containers) {
        Values.oneOf(codes, "operator", path, OPERATORS, true, errors);
        if (codes.has("containerName")
                && !containers.contains(codes.path("containerName").asString(""))) {
            errors.add(FieldError.invalid(
                    path.child("containerName"),
                    codes.path("containerName").asString(""),
                    "must be one of the container or initContainer names in the pod template"));
        }
        FieldPath values = path.child("values");
        JsonNode listed = codes.path("values");
        if (listed.isEmpty()) {
            errors.add(FieldError.invalid(values, listed, "at least one value is required"));
        }
        tooMany(listed, MOST_EXIT_CODES, values);
        Set<Long> seen = new HashSet<>();
        long before = Long.MIN_VALUE;
        boolean ordered = true;
        for (int index = 0; index < listed.size(); index++) {
            long value = listed.get(index).asLong();
            if (value == 0 && codes.path("operator").asString("").equals("In")) {
                errors.add(FieldError.invalid(values.index(index), value, "must not be 0 for the In operator"));
            } else if (!seen.add(value)) {
                errors.add(FieldError.duplicate(values.index(index), value));
            }
            ordered &= value >= before;
            before = value;
        }
        if (!ordered) {
            errors.add(FieldError.invalid(values, listed, "must be ordered"));
        }
    }

    private void successPolicy() {
        JsonNode policy = spec.path("successPolicy");
        if (policy.isMissingNode()) {
            return;
        }
        if (!isIndexed()) {
            errors.add(FieldError.invalid(field.child("successPolicy"), policy, "requires indexed completion mode"));
            return;
        }
        FieldPath rules = field.child("successPolicy", "rules");
        if (policy.path("rules").isEmpty()) {
            errors.add(FieldError.required(
                    rules, "at least one rules must be specified when the successPolicy is specified"));
        }
        tooMany(policy.path("rules"), MOST_RULES, rules);
        int index = 0;
        for (JsonNode rule : policy.path("rules")) {
            successRule(rule, rules.index(index++));
        }
    }

    private void successRule(JsonNode rule, FieldPath path) {
        if (!rule.has("succeededCount") && !rule.has("succeededIndexes")) {
            errors.add(
                    FieldError.required(path, "at least one of succeededCount or succeededIndexes must be specified"));
        }
        long completions = spec.path("completions").asLong(0);
        long known = completions;
        String what = " (the number of specified completions)";
        if (rule.has("succeededIndexes")) {
            String text = rule.path("succeededIndexes").asString("");
            long count = count(text, completions);
            if (count < 0) {
                errors.add(FieldError.invalid(
                        path.child("succeededIndexes"), text, "error parsing succeededIndexes: invalid interval"));
            } else {
                known = count;
                what = " (the number of indexes in the specified succeededIndexes field)";
            }
        }
        Values.notNegative(rule, "succeededCount", path, errors);
        if (rule.path("succeededCount").asLong(0) > known) {
            errors.add(FieldError.invalid(
                    path.child("succeededCount"),
                    rule.path("succeededCount"),
                    "must be less than or equal to " + known + what));
        }
    }

    /** How many indexes increasing intervals name; -1 if they are not such. */
    private static long count(String text, long completions) {
        long count = 0;
        long last = -1;
        for (String interval : text.split(",", -1)) {
            String[] bounds = interval.split("-", -1);
            try {
                long from = Long.parseLong(bounds[0]);
                long to = Long.parseLong(bounds[bounds.length - 1]);
                if (bounds.length > 2 || from <= last || to < from || to >= completions) {
                    return -1;
                }
                count += to - from + 1;
                last = to;
            } catch (NumberFormatException e) {
                return -1;
            }
        }
        return count;
    }

    private void replacement() {
        List<String> allowed =
                spec.has("podFailurePolicy") ? List.of("Failed") : List.of("Failed", "TerminatingOrFailed");
        Values.oneOf(spec, "podReplacementPolicy", field, allowed, false, errors);
    }

    private void tooMany(JsonNode list, int most, FieldPath path) {
        if (list.size() > most) {
            errors.add(FieldError.tooMany(path, list.size(), most));
        }
    }
}
