package io.kybern.workload.core.cronjob;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.kybern.controller.model.Owners;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Makes the Jobs of a CronJob. */
final class CronJobFactory {

    private static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    private static final int SECONDS_PER_MINUTE = 60;

    private CronJobFactory() {}

    /** The name of the Job for a time: the same for every attempt, so that it is created once. */
    static String name(CronJob cronJob, Instant time) {
        return cronJob.getMetadata().getName() + "-" + time.getEpochSecond() / SECONDS_PER_MINUTE;
    }

    /** The Job for a time. */
    static Job job(CronJob cronJob, Instant time, ZoneId zone) {
        var template = cronJob.getSpec().getJobTemplate();
        ObjectMeta metadata = requireNonNullElse(template.getMetadata(), new ObjectMeta());
        return new JobBuilder()
                .withNewMetadata()
                .withNamespace(cronJob.getMetadata().getNamespace())
                .withName(name(cronJob, time))
                .withLabels(metadata.getLabels())
                .withAnnotations(metadata.getAnnotations())
                .addToAnnotations(SCHEDULED, DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time.atZone(zone)))
                .withOwnerReferences(Owners.controllerReference(cronJob))
                .endMetadata()
                .withSpec(template.getSpec())
                .build();
    }

    /** How a CronJob refers to a Job that runs. */
    static ObjectReference reference(Job job) {
        return new ObjectReferenceBuilder()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withNamespace(job.getMetadata().getNamespace())
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withResourceVersion(job.getMetadata().getResourceVersion())
                .build();
    }
}
