package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodOwners;
import io.kybern.workload.core.daemonset.DaemonNodes;
import io.kybern.workload.core.daemonset.DaemonSetReconciler;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** DaemonSets. */
@Configuration(proxyBeanMethods = false)
class DaemonSetConfiguration {

    @Bean
    Controller daemonSetController(
            Informers informers,
            Informer<Pod> workloadPods,
            ObjectApis apis,
            EventRecorders recorders,
            ExecutorService podRequests) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        DaemonSetReconciler.Access access = new DaemonSetReconciler.Access(
                informers.daemonSets(),
                informers.nodes(),
                workloadPods,
                informers.controllerRevisions(),
                new DaemonSetReconciler.Writes(apis.daemonSets(), apis.pods(), apis.controllerRevisions()));
        PodOwners<DaemonSet> owners = new PodOwners<>(
                "DaemonSet", access.sets(), set -> Selectors.of(set.getSpec().getSelector()));
        return Controller.builder("daemonset")
                .reconciler(new DaemonSetReconciler(
                        access, fence, recorders.of("daemonset-controller"), Clock.systemUTC(), podRequests))
                .reconciling(access.sets(), "DaemonSet")
                .watching(workloadPods, "Pod", owners::of)
                .watching(access.nodes(), "Node", new DaemonNodes(access.sets())::of)
                .watching(access.revisions(), "ControllerRevision", owners::of)
                .fence(fence)
                .build();
    }
}
