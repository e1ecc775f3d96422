package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.workload.adapter.RestMetrics;
import io.kybern.workload.adapter.RestScaleTargets;
import io.kybern.workload.core.autoscaling.AutoscalerReconciler;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** HorizontalPodAutoscalers. */
@Configuration(proxyBeanMethods = false)
class AutoscalingConfiguration {

    private static final String GROUP = "autoscaling";
    private static final String RESOURCE = "horizontalpodautoscalers";

    @Bean
    Controller autoscalingController(
            Informers informers,
            Informer<Pod> workloadPods,
            ApiClients clients,
            ObjectApis apis,
            EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<HorizontalPodAutoscaler> autoscalers =
                informers.of(GROUP, "v2", RESOURCE, HorizontalPodAutoscaler.class);
        AutoscalerReconciler reconciler = new AutoscalerReconciler(
                autoscalers,
                workloadPods,
                new RestScaleTargets(clients.kubernetes()),
                new RestMetrics(clients.kubernetes()),
                apis.of(GROUP, "v2", RESOURCE, HorizontalPodAutoscaler.class),
                new AutoscalerReconciler.Reporting(
                        fence, recorders.of("horizontal-pod-autoscaler"), Clock.systemUTC()));
        return Controller.builder("horizontalpodautoscaler")
                .reconciler(reconciler)
                .reconciling(autoscalers, "HorizontalPodAutoscaler", AutoscalerReconciler::asksForPass)
                .watching(workloadPods, "Pod", change -> List.of())
                .fence(fence)
                .build();
    }
}
