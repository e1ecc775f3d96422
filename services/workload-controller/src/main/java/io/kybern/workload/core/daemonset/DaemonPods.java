package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodTemplates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The pods of a DaemonSet. See "How Daemon Pods are scheduled" of the Kubernetes page "DaemonSet". */
final class DaemonPods {

    /** The label with the hash of the state that a pod has. */
    static final String HASH = "controller-revision-hash";

    private static final String GENERATION = "pod-template-generation";
    private static final String TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
    private static final String NODE_NAME = "metadata.name";

    private DaemonPods() {}

    /** A pod for the node, which the scheduler binds to it. */
    static Pod pod(DaemonSet set, String hash, String node) {
        Map<String, String> labels = new LinkedHashMap<>();
        String generation = Owners.annotations(set).get(TEMPLATE_GENERATION);
        if (generation != null) {
            labels.put(GENERATION, generation);
        }
        labels.put(HASH, hash);
        Pod pod = new PodBuilder(PodTemplates.pod(set, set.getSpec().getTemplate()))
                .editMetadata()
                .addToLabels(labels)
                .endMetadata()
                .build();
        pod.getSpec().setTolerations(tolerations(pod.getSpec()));
        pod.getSpec().setAffinity(only(pod.getSpec().getAffinity(), node));
        return pod;
    }

    /** The spec as nodes are judged by it: with the tolerations that every daemon has. */
    static PodSpec judged(DaemonSet set) {
        PodSpec spec = new PodBuilder()
                .withSpec(set.getSpec().getTemplate().getSpec())
                .build()
                .getSpec();
        spec.setTolerations(tolerations(spec));
        return spec;
    }

    /** A daemon stays on a node that is ill, since it may be there to make it well. */
    private static List<Toleration> tolerations(PodSpec spec) {
        List<Toleration> added = new ArrayList<>();
        for (String condition : List.of("not-ready", "unreachable")) {
            added.add(exists("node.kubernetes.io/" + condition, "NoExecute"));
        }
        for (String condition : List.of("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")) {
            added.add(exists("node.kubernetes.io/" + condition, "NoSchedule"));
        }
        if (Boolean.TRUE.equals(spec.getHostNetwork())) {
            added.add(exists("node.kubernetes.io/network-unavailable", "NoSchedule"));
        }
        List<Toleration> all = new ArrayList<>(spec.getTolerations());
        added.stream().filter(toleration -> !all.contains(toleration)).forEach(all::add);
        return all;
    }

    private static Toleration exists(String key, String effect) {
        return new TolerationBuilder()
                .withKey(key)
                .withOperator("Exists")
                .withEffect(effect)
                .build();
    }

    /** The affinity with that node as the only one; what the set requires besides has been judged by the controller. */
    private static Affinity only(Affinity affinity, String node) {
        return new AffinityBuilder(Objects.requireNonNullElse(affinity, new Affinity()))
                .editOrNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey(NODE_NAME)
                .withOperator("In")
                .withValues(node)
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .build();
    }

    /** The node that a pod runs on, or is made for. */
    static Optional<String> node(Pod pod) {
        String name = pod.getSpec().getNodeName();
        if (name != null && !name.isEmpty()) {
            return Optional.of(name);
        }
        Affinity affinity = pod.getSpec().getAffinity();
        if (affinity == null || affinity.getNodeAffinity() == null) {
            return Optional.empty();
        }
        NodeSelector required = affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
        List<NodeSelectorTerm> terms = required == null ? List.of() : required.getNodeSelectorTerms();
        return terms.stream()
                .flatMap(term -> term.getMatchFields().stream())
                .filter(field -> NODE_NAME.equals(field.getKey())
                        && "In".equals(field.getOperator())
                        && field.getValues().size() == 1)
                .map(field -> field.getValues().getFirst())
                .findFirst();
    }

    static boolean isOf(Pod pod, String hash) {
        return hash.equals(Owners.labels(pod).get(HASH));
    }
}
