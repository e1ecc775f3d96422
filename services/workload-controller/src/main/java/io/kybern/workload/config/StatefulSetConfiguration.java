package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodOwners;
import io.kybern.workload.core.statefulset.StatefulSetReconciler;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** StatefulSets. */
@Configuration(proxyBeanMethods = false)
class StatefulSetConfiguration {

    @Bean
    Controller statefulSetController(
            Informers informers, Informer<Pod> workloadPods, ObjectApis apis, EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        StatefulSetReconciler.Access access = new StatefulSetReconciler.Access(
                informers.statefulSets(),
                workloadPods,
                informers.persistentVolumeClaims(),
                informers.controllerRevisions(),
                new StatefulSetReconciler.Writes(
                        apis.statefulSets(), apis.pods(), apis.persistentVolumeClaims(), apis.controllerRevisions()));
        PodOwners<StatefulSet> owners = new PodOwners<>(
                "StatefulSet", access.sets(), set -> Selectors.of(set.getSpec().getSelector()));
        return Controller.builder("statefulset")
                .reconciler(new StatefulSetReconciler(
                        access, fence, recorders.of("statefulset-controller"), Clock.systemUTC()))
                .reconciling(access.sets(), "StatefulSet")
                .watching(workloadPods, "Pod", owners::of)
                .watching(access.revisions(), "ControllerRevision", owners::of)
                .watching(access.claims(), "PersistentVolumeClaim", change -> List.of())
                .fence(fence)
                .build();
    }
}
