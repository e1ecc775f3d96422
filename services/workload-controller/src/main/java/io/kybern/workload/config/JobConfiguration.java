package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.workload.core.job.FinishedJobReconciler;
import io.kybern.workload.core.job.JobOwners;
import io.kybern.workload.core.job.JobReconciler;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Jobs while they run, and after they have ended. */
@Configuration(proxyBeanMethods = false)
class JobConfiguration {

    @Bean
    Controller jobController(
            Informers informers,
            Informer<Pod> workloadPods,
            ObjectApis apis,
            EventRecorders recorders,
            ExecutorService podRequests) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        JobReconciler.Access access =
                new JobReconciler.Access(informers.jobs(), workloadPods, apis.jobs(), apis.pods());
        return Controller.builder("job")
                .reconciler(new JobReconciler(
                        access, fence, recorders.of("job-controller"), Clock.systemUTC(), podRequests))
                .reconciling(access.jobs(), "Job")
                .watching(workloadPods, "Pod", new JobOwners(access.jobs())::of)
                .fence(fence)
                .build();
    }

    @Bean
    Controller finishedJobController(Informers informers, ObjectApis apis) {
        Informer<Job> jobs = informers.jobs();
        return Controller.builder("ttl_jobs_to_delete")
                .reconciler(new FinishedJobReconciler(jobs, apis.jobs(), Clock.systemUTC()))
                .reconciling(jobs, "Job")
                .workers(1)
                .build();
    }
}
