package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.workload.adapter.RestScales;
import io.kybern.workload.core.disruption.DisruptionReconciler;
import io.kybern.workload.core.disruption.ExpectedPods;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** PodDisruptionBudgets. */
@Configuration(proxyBeanMethods = false)
class DisruptionConfiguration {

    private static final String GROUP = "policy";
    private static final String RESOURCE = "poddisruptionbudgets";

    @Bean
    Controller disruptionController(
            Informers informers,
            Informer<Pod> workloadPods,
            ApiClients clients,
            ObjectApis apis,
            EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<PodDisruptionBudget> budgets = informers.of(GROUP, "v1", RESOURCE, PodDisruptionBudget.class);
        ExpectedPods.Caches owners = new ExpectedPods.Caches(
                informers.deployments(),
                informers.replicaSets(),
                informers.statefulSets(),
                informers.replicationControllers());
        DisruptionReconciler reconciler = new DisruptionReconciler(
                budgets,
                workloadPods,
                new ExpectedPods(owners, new RestScales(clients.kubernetes())),
                apis.of(GROUP, "v1", RESOURCE, PodDisruptionBudget.class),
                new DisruptionReconciler.Reporting(fence, recorders.of("controllermanager"), Clock.systemUTC()));
        return Controller.builder("disruption")
                .reconciler(reconciler)
                .reconciling(budgets, "PodDisruptionBudget")
                .watching(workloadPods, "Pod", reconciler::of)
                .watching(owners.deployments(), "Deployment", change -> List.of())
                .watching(owners.replicaSets(), "ReplicaSet", change -> List.of())
                .watching(owners.statefulSets(), "StatefulSet", change -> List.of())
                .watching(owners.replicationControllers(), "ReplicationController", change -> List.of())
                .fence(fence)
                .build();
    }
}
