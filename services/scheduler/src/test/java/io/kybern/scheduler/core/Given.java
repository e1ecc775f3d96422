package io.kybern.scheduler.core;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.scheduler.core.cache.ClusterCache;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Nodes and pods for tests. */
public final class Given {

    private Given() {}

    public static Node node(String name, String cpu, String memory) {
        return node(name, cpu, memory, n -> {});
    }

    public static Node node(String name, String cpu, String memory, Consumer<NodeBuilder> more) {
        NodeBuilder builder = new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", name)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .addToAllocatable("cpu", new Quantity(cpu))
                .addToAllocatable("memory", new Quantity(memory))
                .addToAllocatable("pods", new Quantity("110"))
                .endStatus();
        more.accept(builder);
        return builder.build();
    }

    public static Pod pod(String name) {
        return pod(name, p -> {});
    }

    public static Pod pod(String name, Consumer<PodBuilder> more) {
        PodBuilder builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .withUid("uid-" + name)
                .endMetadata()
                .withNewSpec()
                .withSchedulerName("default-scheduler")
                .addNewContainer()
                .withName("main")
                .endContainer()
                .endSpec();
        more.accept(builder);
        return builder.build();
    }

    public static Consumer<PodBuilder> requests(String... namesAndAmounts) {
        Map<String, Quantity> requests = new LinkedHashMap<>();
        for (int i = 0; i < namesAndAmounts.length; i += 2) {
            requests.put(namesAndAmounts[i], new Quantity(namesAndAmounts[i + 1]));
        }
        return p -> p.editSpec()
                .editFirstContainer()
                .withNewResources()
                .withRequests(requests)
                .endResources()
                .endContainer()
                .endSpec();
    }

    public static Consumer<PodBuilder> label(String key, String value) {
        return p -> p.editMetadata().addToLabels(key, value).endMetadata();
    }

    public static Consumer<PodBuilder> on(String node) {
        return p -> p.editSpec().withNodeName(node).endSpec();
    }

    public static Consumer<PodBuilder> priority(int priority) {
        return p -> p.editSpec().withPriority(priority).endSpec();
    }

    public static Consumer<PodBuilder> startedAt(String time) {
        return p -> p.editOrNewStatus().withStartTime(time).endStatus();
    }

    public static Consumer<PodBuilder> replicaOf(String uid) {
        return p -> p.editMetadata()
                .addNewOwnerReference()
                .withApiVersion("apps/v1")
                .withKind("ReplicaSet")
                .withName(uid)
                .withUid(uid)
                .withController(true)
                .endOwnerReference()
                .endMetadata();
    }

    public static Consumer<PodBuilder> hostPort(String ip, String protocol, int port) {
        return p -> p.editSpec()
                .editFirstContainer()
                .addNewPort()
                .withHostIP(ip)
                .withProtocol(protocol)
                .withHostPort(port)
                .withContainerPort(80)
                .endPort()
                .endContainer()
                .endSpec();
    }

    public static PodAffinityTerm near(String labelKey, String labelValue, String topologyKey) {
        return new PodAffinityTermBuilder()
                .withTopologyKey(topologyKey)
                .withLabelSelector(new LabelSelectorBuilder()
                        .addToMatchLabels(labelKey, labelValue)
                        .build())
                .build();
    }

    public static Consumer<PodBuilder> antiAffinity(String labelKey, String labelValue, String topologyKey) {
        return p -> p.editSpec()
                .editOrNewAffinity()
                .editOrNewPodAntiAffinity()
                .addToRequiredDuringSchedulingIgnoredDuringExecution(near(labelKey, labelValue, topologyKey))
                .endPodAntiAffinity()
                .endAffinity()
                .endSpec();
    }

    public static Consumer<PodBuilder> affinity(String labelKey, String labelValue, String topologyKey) {
        return p -> p.editSpec()
                .editOrNewAffinity()
                .editOrNewPodAffinity()
                .addToRequiredDuringSchedulingIgnoredDuringExecution(near(labelKey, labelValue, topologyKey))
                .endPodAffinity()
                .endAffinity()
                .endSpec();
    }

    public static Consumer<PodBuilder> spread(int maxSkew, String topologyKey, String when, String key, String value) {
        return p -> p.editSpec()
                .addNewTopologySpreadConstraint()
                .withMaxSkew(maxSkew)
                .withTopologyKey(topologyKey)
                .withWhenUnsatisfiable(when)
                .withLabelSelector(
                        new LabelSelectorBuilder().addToMatchLabels(key, value).build())
                .endTopologySpreadConstraint()
                .endSpec();
    }

    @SafeVarargs
    public static Pod pod(String name, Consumer<PodBuilder>... all) {
        return pod(name, p -> {
            for (Consumer<PodBuilder> each : all) {
                each.accept(p);
            }
        });
    }

    /** A snapshot of nodes and of the pods that name their node. */
    public static Snapshot cluster(Object... nodesAndPods) {
        ClusterCache cache = new ClusterCache();
        for (Object object : nodesAndPods) {
            switch (object) {
                case Node node -> cache.putNode(node);
                case Pod pod -> cache.put(PodInfo.of(pod));
                default -> throw new IllegalArgumentException("neither node nor pod: " + object);
            }
        }
        return cache.snapshot();
    }
}
