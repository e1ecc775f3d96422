package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.kybern.controller.model.PodTemplates;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the pods of a Job. See "Completion mode" of the Kubernetes page "Jobs". */
final class JobPodFactory {

    private static final String INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

    /** The API server adds five letters, and host names end at 63. */
    private static final int LONGEST_PREFIX = 58;

    private JobPodFactory() {}

    /** A pod of a Job without indexes. */
    static Pod pod(Job job) {
        Pod pod = PodTemplates.pod(job, job.getSpec().getTemplate());
        PodBuilder builder = new PodBuilder(pod);
        if (!JobPods.isTracked(pod)) {
            builder.editMetadata().addToFinalizers(JobPods.FINALIZER).endMetadata();
        }
        return builder.build();
    }

    /**
     * The pod of an index.
     *
     * @param replaced the failed pod whose place it takes, null if it is the first
     */
    static Pod pod(Job job, JobSettings settings, int index, @Nullable Pod replaced) {
        String number = Integer.toString(index);
        String ending = "-" + number + "-";
        String name = job.getMetadata().getName();
        String prefix = name.substring(0, Math.min(name.length(), LONGEST_PREFIX - ending.length())) + ending;
        PodBuilder pod = new PodBuilder(pod(job));
        pod.editMetadata()
                .withGenerateName(prefix)
                .addToAnnotations(JobPods.INDEX, number)
                .addToLabels(JobPods.INDEX, number)
                .endMetadata();
        pod.editSpec().withHostname(name + "-" + number).endSpec();
        if (settings.backoffLimitPerIndex() != null) {
            countFailures(pod, settings, replaced);
        }
        Pod made = pod.build();
        made.getSpec().setInitContainers(withIndex(made.getSpec().getInitContainers()));
        made.getSpec().setContainers(withIndex(made.getSpec().getContainers()));
        return made;
    }

    private static void countFailures(PodBuilder pod, JobSettings settings, @Nullable Pod replaced) {
        int failures = 0;
        int ignored = 0;
        if (replaced != null) {
            boolean counted = FailurePolicy.of(replaced, settings).isCounted();
            failures = JobPods.failures(replaced) + (counted ? 1 : 0);
            ignored = JobPods.ignoredFailures(replaced) + (counted ? 0 : 1);
        }
        pod.editMetadata()
                .addToAnnotations(JobPods.INDEX_FAILURES, Integer.toString(failures))
                .endMetadata();
        if (ignored > 0) {
            pod.editMetadata()
                    .addToAnnotations(JobPods.INDEX_IGNORED_FAILURES, Integer.toString(ignored))
                    .endMetadata();
        }
    }

    private static List<Container> withIndex(List<Container> containers) {
        containers.forEach(container -> {
            List<EnvVar> variables = new ArrayList<>(container.getEnv());
            if (variables.stream().noneMatch(variable -> INDEX_VARIABLE.equals(variable.getName()))) {
                variables.add(new EnvVarBuilder()
                        .withName(INDEX_VARIABLE)
                        .withNewValueFrom()
                        .withNewFieldRef()
                        .withFieldPath("metadata.labels['" + JobPods.INDEX + "']")
                        .endFieldRef()
                        .endValueFrom()
                        .build());
            }
            container.setEnv(variables);
        });
        return containers;
    }
}
