package io.kybern.apiserver.registry.batch;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.pods.PodSpecDefaults;
import io.kybern.apiserver.registry.pods.PodSpecValidator;
import io.kybern.apiserver.registry.pods.PodWarnings;
import io.kybern.apiserver.registry.pods.TemplateWarnings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Jobs: the server chooses their selector, unless the user insists; what they run never changes. */
public final class JobStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath TEMPLATE = FieldPath.of("spec", "template");
    private static final String UID_LABEL = "batch.kubernetes.io/controller-uid";
    private static final List<String> UID_LABELS = List.of("controller-uid", UID_LABEL);
    private static final List<String> NAME_LABELS = List.of("job-name", "batch.kubernetes.io/job-name");
    private static final List<String> FIXED =
            List.of("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "successPolicy", "managedBy");

    /** From here on what has failed may be more than the status can list. */
    private static final int MANY_COMPLETIONS = 100_000;

    private static final int MUCH_PARALLELISM = 10_000;

    /** The Jobs of the API. */
    public JobStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode job) {
        ObjectNode spec = Absent.object(job, "spec");
        if (!spec.has("completions") && !spec.has("parallelism")) {
            spec.put("completions", 1);
        }
        Absent.number(spec, "parallelism", 1);
        Absent.number(spec, "backoffLimit", spec.has("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
        Absent.text(spec, "completionMode", "NonIndexed");
        Absent.flag(spec, "suspend", false);
        Absent.flag(spec, "manualSelector", false);
        Absent.text(spec, "podReplacementPolicy", spec.has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        JobPolicyValidator.defaults(spec);
        PodSpecDefaults.applyToTemplate(Absent.object(spec, "template"));
        labelsFollowTemplate(job);
    }

    /** Of the spec of a Job, also of one that a CronJob makes. */
    static List<String> warnings(JsonNode spec, FieldPath field) {
        List<String> warnings = new ArrayList<>();
        if (spec.path("completionMode").asString("").equals("Indexed")
                && spec.path("completions").asLong(0) > MANY_COMPLETIONS
                && spec.path("parallelism").asLong(0) > MUCH_PARALLELISM) {
            warnings.add(
                    field
                            + ": In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than"
                            + " 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail");
        }
        warnings.addAll(PodWarnings.ofTemplate(spec.path("template"), field.child("template")));
        return warnings;
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode job) {
        List<String> warnings = new ArrayList<>(TemplateWarnings.ofName(job));
        warnings.addAll(warnings(job.path("spec"), SPEC));
        return warnings;
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode job, ObjectNode old) {
        return KubeObject.generation(job) == KubeObject.generation(old) ? List.of() : warnings(job.path("spec"), SPEC);
    }

    private static void labelsFollowTemplate(ObjectNode job) {
        JsonNode labels = job.path("spec").path("template").path("metadata").path("labels");
        if (!labels.isEmpty() && job.path("metadata").path("labels").isEmpty()) {
            KubeObject.metadata(job).set("labels", labels.deepCopy());
        }
    }

    @Override
    public boolean orphansByDefault() {
        return true;
    }

    @Override
    public String warningOnDefaultDeletion() {
        return "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them"
                + " or set propagationPolicy=Orphan to suppress this warning";
    }

    @Override
    protected void initialStatus(ObjectNode job) {
        job.putObject("status");
    }

    @Override
    public void prepareForCreate(ObjectNode job, RequestScope scope) {
        super.prepareForCreate(job, scope);
        ObjectNode spec = Absent.object(job, "spec");
        if (isManual(spec)) {
            return;
        }
        String uid = KubeObject.uid(job);
        ObjectNode labels = Absent.object(Absent.object(Absent.object(spec, "template"), "metadata"), "labels");
        UID_LABELS.forEach(label -> Absent.text(labels, label, uid));
        NAME_LABELS.forEach(label -> Absent.text(labels, label, KubeObject.name(job)));
        Absent.text(Absent.object(Absent.object(spec, "selector"), "matchLabels"), UID_LABEL, uid);
        labelsFollowTemplate(job);
    }

    private static boolean isManual(JsonNode spec) {
        return spec.path("manualSelector").asBoolean(false);
    }

    @Override
    protected void validate(ObjectNode job, List<FieldError> errors) {
        JsonNode spec = job.path("spec");
        if (!isManual(spec) && spec.has("selector")) {
            generatedSelector(job, errors);
        }
        validateSpec(spec, SPEC, errors);
        JsonNode selector = spec.path("selector");
        if (selector.isMissingNode()) {
            errors.add(FieldError.required(SPEC.child("selector"), ""));
        } else {
            Values.selector(selector, SPEC.child("selector"), errors);
        }
        JsonNode labels = spec.path("template").path("metadata").path("labels");
        if (!matches(selector, Values.strings(labels))) {
            errors.add(FieldError.invalid(
                    TEMPLATE.child("metadata", "labels"),
                    labels.isMissingNode() ? null : labels,
                    "`selector` does not match template `labels`"));
        }
    }

    private static boolean matches(JsonNode selector, Map<String, String> labels) {
        try {
            return LabelSelector.of(selector).matches(labels);
        } catch (SelectorSyntaxException e) {
            // the selector's own faults say more
            return true;
        }
    }

    private static void generatedSelector(ObjectNode job, List<FieldError> errors) {
        JsonNode labels = job.path("spec").path("template").path("metadata").path("labels");
        Map<String, String> expected = new LinkedHashMap<>();
        UID_LABELS.forEach(label -> expected.put(label, KubeObject.uid(job)));
        NAME_LABELS.forEach(label -> expected.put(label, KubeObject.name(job)));
        FieldPath field = TEMPLATE.child("metadata", "labels");
        expected.forEach((label, value) -> {
            String must = "must be '" + value + "'";
            if (!labels.has(label)) {
                errors.add(FieldError.required(field.key(label), must));
            } else if (!labels.path(label).asString("").equals(value)) {
                errors.add(FieldError.invalid(field.key(label), labels, must));
            }
        });
        JsonNode selector = job.path("spec").path("selector");
        if (!matches(selector, new HashMap<>(expected))) {
            errors.add(FieldError.invalid(SPEC.child("selector"), selector, "`selector` not auto-generated"));
        }
    }

    /** Adds the faults of the spec of a Job, or of the template of one, apart from its selector. */
    static void validateSpec(JsonNode spec, FieldPath field, List<FieldError> errors) {
        for (String number : List.of(
                "parallelism",
                "completions",
                "activeDeadlineSeconds",
                "backoffLimit",
                "ttlSecondsAfterFinished",
                "backoffLimitPerIndex",
                "maxFailedIndexes")) {
            Values.notNegative(spec, number, field, errors);
        }
        Values.oneOf(spec, "completionMode", field, List.of("NonIndexed", "Indexed"), false, errors);
        if (spec.path("completionMode").asString("").equals("Indexed") && !spec.has("completions")) {
            errors.add(FieldError.required(field.child("completions"), "when completion mode is Indexed"));
        }
        JobPolicyValidator.validate(spec, field, errors);
        FieldPath template = field.child("template");
        PodSpecValidator.validatePlainTemplate(spec.path("template"), template, errors);
        FieldPath restart = template.child("spec", "restartPolicy");
        switch (spec.path("template").path("spec").path("restartPolicy").asString("")) {
            case "OnFailure", "Never" -> {
                // as it must be
            }
            case "Always" -> errors.add(FieldError.required(restart, "valid values: \"OnFailure\", \"Never\""));
            case String other -> errors.add(FieldError.notSupported(restart, other, List.of("OnFailure", "Never")));
        }
    }

    @Override
    protected void validateChange(ObjectNode job, ObjectNode old, List<FieldError> errors) {
        validateAnew(job, old, errors);
        JsonNode now = job.path("spec");
        JsonNode before = old.path("spec");
        if (!resizesIndexed(now, before)) {
            Values.immutable(now.path("completions"), before.path("completions"), SPEC.child("completions"), errors);
        }
        Values.immutable(now.path("selector"), before.path("selector"), SPEC.child("selector"), errors);
        Values.immutable(template(now, old), before.path("template"), TEMPLATE, errors);
        for (String fixed : FIXED) {
            Values.immutable(now.path(fixed), before.path(fixed), SPEC.child(fixed), errors);
        }
    }

    /** An indexed Job may be resized, if it goes on running all its indexes at once. */
    private static boolean resizesIndexed(JsonNode now, JsonNode before) {
        return now.path("completionMode").asString("").equals("Indexed")
                && Values.same(now.path("completions"), now.path("parallelism"))
                && Values.same(before.path("completions"), before.path("parallelism"));
    }

    /** The template, without the change of where pods may run that a Job allows which was never started. */
    private static JsonNode template(JsonNode now, JsonNode old) {
        JsonNode before = old.path("spec");
        boolean waiting =
                before.path("suspend").asBoolean(false) && !old.path("status").has("startTime");
        if (!waiting || !(now.path("template") instanceof ObjectNode template)) {
            return now.path("template");
        }
        ObjectNode compared = template.deepCopy();
        ObjectNode spec = Absent.object(compared, "spec");
        for (String field : List.of("nodeSelector", "affinity", "tolerations", "schedulingGates")) {
            copy(field, before.path("template").path("spec"), spec);
        }
        copy("metadata", before.path("template"), compared);
        return compared;
    }

    @Override
    protected void validateStatus(ObjectNode job, ObjectNode old, List<FieldError> errors) {
        JobStatusValidator.validate(job, old, errors);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode job) {
        return Map.of(
                "metadata.name",
                KubeObject.name(job),
                "metadata.namespace",
                KubeObject.namespace(job),
                "status.successful",
                String.valueOf(job.path("status").path("succeeded").asLong(0)));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "metadata.namespace", "status.successful");
    }
}
