package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.kybern.api.ObjectKey;
import io.kybern.controller.SlowStart;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.PodWrites;
import io.kybern.workload.core.job.JobReconciler.Access;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a pass over a Job asks of the API server about its pods. */
final class JobPodRequests {

    private static final Logger log = LoggerFactory.getLogger(JobPodRequests.class);

    private final Access access;
    private final WriteFence fence;
    private final PodWrites writes;
    private final Adoption<Pod> adoption;
    private final SlowStart slowStart;

    JobPodRequests(Access access, WriteFence fence, PodWrites writes, ExecutorService executor) {
        this.access = access;
        this.fence = fence;
        this.writes = writes;
        this.adoption = new Adoption<>(access.podApi());
        this.slowStart = new SlowStart(executor);
    }

    /**
     * What an action did.
     *
     * @param failure why it could not do all; null if it could
     */
    record Acted(int created, int deleted, @Nullable RuntimeException failure) {}

    Acted act(Job job, Assessment seen, JobAction action) throws InterruptedException {
        return switch (action) {
            case JobAction.Create create ->
                created(run(create.count(), () -> writes.create(job, JobPodFactory.pod(job))));
            case JobAction.CreateIndexes create -> {
                List<Runnable> calls = new ArrayList<>();
                for (int index : create.indexes()) {
                    Pod pod = JobPodFactory.pod(
                            job, seen.settings(), index, seen.lastFailures().get(index));
                    calls.add(() -> writes.create(job, pod));
                }
                yield created(slowStart.run(calls));
            }
            case JobAction.Delete delete -> delete(job, delete);
            case JobAction.Wait wait -> new Acted(0, 0, null);
            case JobAction.Nothing nothing -> new Acted(0, 0, null);
        };
    }

    private SlowStart.Result run(int count, Runnable call) throws InterruptedException {
        return slowStart.run(count, call);
    }

    private static Acted created(SlowStart.Result result) {
        RuntimeException failure = result.failure();
        if (failure instanceof ApiFailure refused && refused.isNamespaceTerminating()) {
            log.debug("The namespace is being deleted; no pods are created in it");
            failure = null;
        }
        return new Acted(result.successes(), 0, failure);
    }

    private Acted delete(Job job, JobAction.Delete delete) throws InterruptedException {
        AtomicInteger deleted = new AtomicInteger();
        List<Runnable> calls = new ArrayList<>();
        delete.pods()
                .forEach(pod -> calls.add(() -> {
                    // a pod that ends at this moment has changed: then it stays and is counted
                    if (delete.uncounted() && JobPods.isTracked(pod)) {
                        adoption.unblock(pod, JobPods.FINALIZER, true)
                                .ifPresent(
                                        written -> fence.wrote(ObjectKeys.of(job), access.pods(), written.revision()));
                    }
                    writes.delete(job, pod);
                    deleted.incrementAndGet();
                }));
        RuntimeException failure = slowStart.together(calls).failure();
        return new Acted(0, deleted.get(), failure);
    }

    /** Pods as the server has them now, of those whose count could depend on it. */
    List<Pod> newest(List<Pod> pods, JobSettings settings) {
        List<Pod> newest = new ArrayList<>();
        for (Pod pod : pods) {
            boolean ended = JobPods.hasSucceeded(pod) || JobPods.hasFailed(pod, settings);
            if (JobPods.isTracked(pod) && ended) {
                access.podApi()
                        .get(ObjectKeys.of(pod))
                        .filter(fresh -> JobPods.uid(fresh).equals(JobPods.uid(pod)))
                        .ifPresent(newest::add);
            } else {
                newest.add(pod);
            }
        }
        return newest;
    }

    /**
     * Lets counted pods go.
     *
     * @param tracked the uids of the pods that are held; those that are let go leave it
     */
    @Nullable
    RuntimeException release(Job job, List<Pod> counted, Set<String> tracked) throws InterruptedException {
        Set<String> released = ConcurrentHashMap.newKeySet();
        List<Runnable> calls = new ArrayList<>();
        List<String> failed = JobAssessor.uncounted(job.getStatus()).getFailed();
        counted.forEach(pod -> calls.add(() -> {
            // a pod that is let go uncounted may end at this moment, and then counts
            boolean uncounted = !PodStates.hasEnded(pod) && !failed.contains(JobPods.uid(pod));
            adoption.unblock(pod, JobPods.FINALIZER, uncounted)
                    .ifPresent(written -> fence.wrote(ObjectKeys.of(job), access.pods(), written.revision()));
            released.add(JobPods.uid(pod));
        }));
        RuntimeException failure = slowStart.together(calls).failure();
        tracked.removeAll(released);
        return failure;
    }

    /** Lets pods go that nobody will count: their Job is gone, has ended, or is no longer theirs. */
    void releaseStrays(ObjectKey key, Collection<Pod> held, @Nullable Job job) {
        for (Pod pod : held) {
            if (isStray(pod, key, job)) {
                adoption.unblock(pod, JobPods.FINALIZER, false)
                        .ifPresent(written -> fence.wrote(key, access.pods(), written.revision()));
            }
        }
    }

    private boolean isStray(Pod pod, ObjectKey key, @Nullable Job job) {
        Optional<String> owner = Owners.controllerOf(pod).map(reference -> reference.getUid());
        if (job != null) {
            if (JobSettings.isManagedByOthers(job)) {
                return false;
            }
            boolean own =
                    owner.isPresent() && owner.get().equals(job.getMetadata().getUid());
            if (own || (owner.isEmpty() && !Owners.isTerminating(job))) {
                return own && JobSettings.end(job).isPresent();
            }
        }
        // the cache may not show a Job yet that the server has
        return access.jobApi()
                .get(key)
                .filter(known -> owner.isEmpty()
                        ? !Owners.isTerminating(known)
                        : known.getMetadata().getUid().equals(owner.get()))
                .isEmpty();
    }
}
