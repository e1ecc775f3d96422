package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The Jobs that a pod concerns. */
public final class JobOwners {

    /** The index of the pod cache that finds pods which wait to be counted by the key of their Job, present or not. */
    public static final String HELD = "held-for-job";

    private static final String JOB_NAME = "batch.kubernetes.io/job-name";

    private final Informer<Job> jobs;

    public JobOwners(Informer<Job> jobs) {
        this.jobs = jobs;
    }

    /** The values that {@link #HELD} finds a pod by. */
    public static Collection<String> heldIndex(Pod pod) {
        return JobPods.isTracked(pod)
                ? job(pod).map(key -> List.of(key.toString())).orElse(List.of())
                : List.of();
    }

    /** The Job that has the pod, or had it: its labels still say so. */
    private static Optional<ObjectKey> job(Pod pod) {
        String namespace = pod.getMetadata().getNamespace();
        Optional<OwnerReference> owner = Owners.controllerOf(pod);
        if (owner.isPresent()) {
            boolean job = owner.get().getKind().equals("Job")
                    && owner.get().getApiVersion().startsWith("batch/");
            return job ? Optional.of(new ObjectKey(namespace, owner.get().getName())) : Optional.empty();
        }
        return Optional.ofNullable(Owners.labels(pod).get(JOB_NAME)).map(name -> new ObjectKey(namespace, name));
    }

    /** The keys of the Jobs that a change of a pod concerns. */
    public Collection<ObjectKey> of(ObjectChange<Pod> change) {
        Set<ObjectKey> keys = new LinkedHashSet<>();
        change.states().forEach(pod -> collect(pod, keys));
        return keys;
    }

    private void collect(Pod pod, Set<ObjectKey> keys) {
        job(pod).ifPresent(keys::add);
        if (Owners.controllerOf(pod).isEmpty()) {
            for (Job job : jobs.byNamespace(pod.getMetadata().getNamespace())) {
                if (Selectors.of(job.getSpec().getSelector()).matches(Owners.labels(pod))) {
                    keys.add(ObjectKeys.of(job));
                }
            }
        }
    }
}
