package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.PodClaimer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** A Job in a cluster in memory, whose pods end as a test says. */
final class JobFixture implements AutoCloseable {

    static final ObjectKey KEY = new ObjectKey("ns", "work");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<Job> jobs = cluster.objects("batch", "v1", "jobs", Job.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final JobReconciler reconciler;

    JobFixture(Consumer<JobSpec> spec) {
        pods.informer()
                .addIndex(PodClaimer.ORPHANS, PodClaimer::orphanIndex)
                .addIndex(JobOwners.HELD, JobOwners::heldIndex);
        reconciler = reconciler(new WriteFence(cluster.clock()));
        Job job = new JobBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("work")
                .endMetadata()
                .withNewSpec()
                .withParallelism(1)
                .withCompletions(1)
                .withBackoffLimit(6)
                .withCompletionMode("NonIndexed")
                .withPodReplacementPolicy("TerminatingOrFailed")
                .withNewSelector()
                .withMatchLabels(Map.of("job", "work"))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("job", "work")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("c")
                .withImage("image")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        spec.accept(job.getSpec());
        jobs.put(job);
    }

    JobReconciler reconciler(WriteFence fence) {
        return new JobReconciler(
                new JobReconciler.Access(jobs.informer(), pods.informer(), jobs, pods),
                fence,
                cluster.recorder(),
                cluster.clock(),
                executor);
    }

    Outcome reconcile() throws InterruptedException {
        return reconciler.reconcile(KEY);
    }

    Job job() {
        return jobs.require("ns", "work");
    }

    JobStatus status() {
        return job().getStatus();
    }

    void change(Consumer<JobSpec> spec) {
        Job job = job();
        spec.accept(job.getSpec());
        jobs.update(job);
    }

    List<Pod> active() {
        return pods.all().stream().filter(PodStates::isActive).toList();
    }

    /** The pod of an index that is active. */
    Pod active(int index) {
        return active().stream()
                .filter(pod -> Integer.toString(index)
                        .equals(pod.getMetadata().getAnnotations().get(JobPods.INDEX)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no pod of index " + index));
    }

    void succeed(Pod pod) {
        end(pod, "Succeeded", 0);
    }

    void fail(Pod pod) {
        end(pod, "Failed", 1);
    }

    void end(Pod pod, String phase, int exitCode) {
        pods.put(new PodBuilder(pods.require("ns", pod.getMetadata().getName()))
                .withNewStatus()
                .withPhase(phase)
                .addNewContainerStatus()
                .withName("c")
                .withRestartCount(0)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withFinishedAt(cluster.clock().instant().toString())
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build());
    }

    /** The conditions as {@code Type=Status Reason: message}. */
    List<String> conditions() {
        return status().getConditions().stream().map(JobFixture::text).toList();
    }

    private static String text(JobCondition condition) {
        return condition.getType() + "=" + condition.getStatus() + " " + condition.getReason() + ": "
                + condition.getMessage();
    }

    @Override
    public void close() {
        executor.close();
    }
}
