package io.kybern.apiserver.registry.batch;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.cron.CronSchedule;
import io.kybern.api.cron.CronSyntaxException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.pods.PodSpecDefaults;
import io.kybern.apiserver.registry.pods.TemplateWarnings;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** CronJobs: Jobs by the clock. Their Jobs' names get eleven more letters. */
public final class CronJobStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final int LONGEST_NAME = 52;
    private static final List<String> POLICIES = List.of("Allow", "Forbid", "Replace");

    /** The CronJobs of the API. */
    public CronJobStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode cronJob) {
        ObjectNode spec = Absent.object(cronJob, "spec");
        Absent.text(spec, "concurrencyPolicy", "Allow");
        Absent.flag(spec, "suspend", false);
        Absent.number(spec, "successfulJobsHistoryLimit", 3);
        Absent.number(spec, "failedJobsHistoryLimit", 1);
        ObjectNode job = Absent.object(Absent.object(spec, "jobTemplate"), "spec");
        PodSpecDefaults.applyToTemplate(Absent.object(job, "template"));
        JobPolicyValidator.defaults(job);
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode cronJob) {
        List<String> warnings = new ArrayList<>(TemplateWarnings.ofName(cronJob));
        warnings.addAll(ofJob(cronJob));
        return warnings;
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode cronJob, ObjectNode old) {
        return KubeObject.generation(cronJob) == KubeObject.generation(old) ? List.of() : ofJob(cronJob);
    }

    private static List<String> ofJob(ObjectNode cronJob) {
        return JobStrategy.warnings(
                cronJob.path("spec").path("jobTemplate").path("spec"), SPEC.child("jobTemplate", "spec"));
    }

    @Override
    protected void initialStatus(ObjectNode cronJob) {
        cronJob.putObject("status");
    }

    @Override
    protected void validate(ObjectNode cronJob, List<FieldError> errors) {
        if (KubeObject.name(cronJob).length() > LONGEST_NAME) {
            errors.add(FieldError.invalid(
                    FieldPath.of("metadata", "name"),
                    KubeObject.name(cronJob),
                    "must be no more than " + LONGEST_NAME + " characters"));
        }
        JsonNode spec = cronJob.path("spec");
        schedule(spec, errors);
        Values.notNegative(spec, "startingDeadlineSeconds", SPEC, errors);
        zone(spec, errors);
        Values.oneOf(spec, "concurrencyPolicy", SPEC, POLICIES, true, errors);
        JsonNode job = spec.path("jobTemplate").path("spec");
        FieldPath field = SPEC.child("jobTemplate", "spec");
        JobStrategy.validateSpec(job, field, errors);
        if (job.has("selector")) {
            errors.add(FieldError.invalid(
                    field.child("selector"), job.path("selector"), "`selector` will be auto-generated"));
        }
        if (job.path("manualSelector").asBoolean(false)) {
            errors.add(FieldError.notSupported(field.child("manualSelector"), true, List.of("nil", "false")));
        }
        Values.notNegative(spec, "successfulJobsHistoryLimit", SPEC, errors);
        Values.notNegative(spec, "failedJobsHistoryLimit", SPEC, errors);
    }

    private static void schedule(JsonNode spec, List<FieldError> errors) {
        FieldPath field = SPEC.child("schedule");
        String schedule = spec.path("schedule").asString("");
        if (schedule.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else if (schedule.contains("TZ")) {
            String why = spec.has("timeZone")
                    ? "cannot use both timeZone field and TZ or CRON_TZ in schedule"
                    : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.add(FieldError.invalid(field, schedule, why));
        } else {
            try {
                CronSchedule.parse(schedule);
            } catch (CronSyntaxException e) {
                errors.add(FieldError.invalid(field, schedule, String.valueOf(e.getMessage())));
            }
        }
    }

    private static void zone(JsonNode spec, List<FieldError> errors) {
        if (!spec.has("timeZone")) {
            return;
        }
        FieldPath field = SPEC.child("timeZone");
        String zone = spec.path("timeZone").asString("");
        if (zone.isEmpty()) {
            errors.add(FieldError.invalid(field, zone, "timeZone must be nil or non-empty string"));
        } else if (zone.equalsIgnoreCase("Local")) {
            errors.add(FieldError.invalid(
                    field,
                    zone,
                    "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"));
        } else if (!isZone(zone)) {
            errors.add(FieldError.invalid(field, zone, "unknown time zone " + zone));
        }
    }

    private static boolean isZone(String zone) {
        try {
            // an offset such as "+01:00" is a zone for Java, and none in the database of zones
            return ZoneId.of(zone).getId().equals(zone)
                    && ZoneId.getAvailableZoneIds().contains(zone);
        } catch (DateTimeException e) {
            return false;
        }
    }

    @Override
    protected void validateChange(ObjectNode cronJob, ObjectNode old, List<FieldError> errors) {
        validateAnew(cronJob, old, errors);
    }
}
