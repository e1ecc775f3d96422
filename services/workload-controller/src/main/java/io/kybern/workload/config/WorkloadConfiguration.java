package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.client.Informers;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodClaimer;
import io.kybern.workload.core.job.JobOwners;
import io.kybern.workload.core.volumes.ClaimReconciler;
import io.kybern.workload.core.volumes.VolumeAccess;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What the controllers of the process share: one cache of each type, and the threads of their requests. */
@Configuration(proxyBeanMethods = false)
@Import({
    ControllerConfiguration.class,
    AutoscalingConfiguration.class,
    JobConfiguration.class,
    StatefulSetConfiguration.class,
    DaemonSetConfiguration.class,
    DisruptionConfiguration.class,
    VolumeConfiguration.class
})
public class WorkloadConfiguration {

    @Bean
    ExecutorService podRequests() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    Informer<Pod> workloadPods(Informers informers) {
        return informers
                .pods()
                .addIndex(PodClaimer.ORPHANS, PodClaimer::orphanIndex)
                .addIndex(JobOwners.HELD, JobOwners::heldIndex)
                .addIndex(VolumeAccess.BY_CLAIM, ClaimReconciler::claimsOf);
    }
}
