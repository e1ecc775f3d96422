package io.kybern.replication.config;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.replication.core.PodOwners;
import io.kybern.replication.core.ReplicaKind;
import io.kybern.replication.core.ReplicaReconciler;
import io.kybern.replication.core.ReplicaReconciler.Access;
import io.kybern.replication.core.ReplicaSetKind;
import io.kybern.replication.core.ReplicationControllerKind;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** One controller for each of the two kinds, with one planner behind both. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
public class ReplicationConfiguration {

    @Bean
    ExecutorService podRequests() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    Informer<Pod> replicatedPods(Informers informers) {
        return informers.pods().addIndex(ReplicaReconciler.ORPHANS, ReplicaReconciler::orphanIndex);
    }

    @Bean
    Controller replicaSetController(
            Informers informers,
            Informer<Pod> replicatedPods,
            ObjectApis apis,
            EventRecorders recorders,
            ExecutorService podRequests) {
        return controller(
                new ReplicaSetKind(),
                new Access<>(informers.replicaSets(), replicatedPods, apis.replicaSets(), apis.pods()),
                recorders.of("replicaset-controller"),
                podRequests);
    }

    @Bean
    Controller replicationControllerController(
            Informers informers,
            Informer<Pod> replicatedPods,
            ObjectApis apis,
            EventRecorders recorders,
            ExecutorService podRequests) {
        return controller(
                new ReplicationControllerKind(),
                new Access<>(
                        informers.replicationControllers(), replicatedPods, apis.replicationControllers(), apis.pods()),
                recorders.of("replication-controller"),
                podRequests);
    }

    private static <O extends HasMetadata> Controller controller(
            ReplicaKind<O> kind, Access<O> access, EventRecorder recorder, ExecutorService requests) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder(kind.kind().toLowerCase(Locale.ROOT))
                .reconciler(new ReplicaReconciler<>(kind, access, fence, recorder, Clock.systemUTC(), requests))
                .reconciling(access.owners(), kind.kind())
                .watching(access.pods(), "Pod", new PodOwners<>(kind, access.owners())::of)
                .fence(fence)
                .build();
    }
}
