package io.kybern.nodelifecycle.config;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import io.kybern.nodelifecycle.core.EndedPodsReconciler;
import io.kybern.nodelifecycle.core.NodeLifecycleReconciler;
import io.kybern.nodelifecycle.core.PodCidrReconciler;
import io.kybern.nodelifecycle.core.PodCidrs;
import io.kybern.nodelifecycle.core.PodGarbageReconciler;
import io.kybern.nodelifecycle.core.TaintEvictionReconciler;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The controllers of nodes: pod ranges, the life of nodes, eviction by taints, pods that nobody else removes. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
@EnableConfigurationProperties(NodeControllerProperties.class)
public class NodeControllerConfiguration {

    @Bean
    Informer<Pod> podsByNode(Informers informers) {
        return informers.pods().addIndex(NodeLifecycleReconciler.BY_NODE, NodeLifecycleReconciler::nodeOf);
    }

    @Bean
    Controller podCidrController(
            Informers informers, ObjectApis apis, EventRecorders recorders, NodeControllerProperties properties) {
        return Controller.builder("node_ipam")
                .reconciler(new PodCidrReconciler(
                        informers.nodes(),
                        apis.nodes(),
                        apis.leases(),
                        PodCidrs.parse(properties.clusterCidr(), properties.nodeCidrMaskSize()),
                        recorders.of("cidrAllocator")))
                .reconciling(informers.nodes(), "Node")
                .workers(1)
                .build();
    }

    @Bean
    Controller nodeLifecycleController(
            Informers informers,
            Informer<Pod> podsByNode,
            ObjectApis apis,
            EventRecorders recorders,
            NodeControllerProperties properties) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        NodeLifecycleReconciler.Access access = new NodeLifecycleReconciler.Access(
                informers.nodes(), informers.leases(), podsByNode, apis.nodes(), apis.leases(), apis.pods());
        return Controller.builder("node_lifecycle")
                .reconciler(new NodeLifecycleReconciler(
                        access,
                        new NodeLifecycleReconciler.Timing(
                                properties.monitorGracePeriod(),
                                properties.startupGracePeriod(),
                                properties.monitorPeriod(),
                                properties.evictionRate()),
                        fence,
                        recorders.of("node-controller"),
                        Clock.systemUTC()))
                .reconciling(informers.nodes(), "Node")
                .watching(informers.leases(), "Lease", change -> NodeLifecycleReconciler.nodeOf(change.newest()))
                .fence(fence)
                .build();
    }

    @Bean
    Controller taintEvictionController(
            Informers informers, Informer<Pod> podsByNode, ObjectApis apis, EventRecorders recorders) {
        return Controller.builder("taint_eviction")
                .reconciler(new TaintEvictionReconciler(
                        podsByNode,
                        informers.nodes(),
                        apis.pods(),
                        recorders.of("taint-eviction-controller"),
                        Clock.systemUTC()))
                .reconciling(podsByNode, "Pod")
                .watching(informers.nodes(), "Node", change -> podsOf(podsByNode, change))
                .build();
    }

    @Bean
    Controller podGarbageController(Informers informers, Informer<Pod> podsByNode, ObjectApis apis) {
        return Controller.builder("pod_garbage_collector")
                .reconciler(new PodGarbageReconciler(
                        podsByNode, informers.nodes(), apis.pods(), apis.nodes(), Clock.systemUTC()))
                .reconciling(podsByNode, "Pod")
                .watching(informers.nodes(), "Node", change -> podsOf(podsByNode, change))
                .build();
    }

    @Bean
    Controller endedPodsController(Informer<Pod> podsByNode, ObjectApis apis, NodeControllerProperties properties) {
        return Controller.builder("pod_garbage_collector_ended")
                .reconciler(new EndedPodsReconciler(podsByNode, apis.pods(), properties.terminatedPodThreshold()))
                .watching(podsByNode, "Pod", EndedPodsReconciler::concerned)
                .workers(1)
                .build();
    }

    private static Collection<ObjectKey> podsOf(Informer<Pod> pods, ObjectChange<Node> change) {
        Node before = change.before();
        Node after = change.after();
        boolean same = before != null
                && after != null
                && Objects.equals(before.getSpec().getTaints(), after.getSpec().getTaints());
        return same
                ? List.of()
                : pods.byIndex(NodeLifecycleReconciler.BY_NODE, change.key().name()).stream()
                        .map(ObjectKeys::of)
                        .toList();
    }
}
