package io.kybern.node.server;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.pods.PodTable;
import io.kybern.node.pods.RunningContainer;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A node with one pod, {@code default/web}, whose one container {@code app} runs for the first time. */
final class OnePod implements PodTable {

    volatile boolean gone;

    @Override
    public Optional<RunningContainer> container(String namespace, String pod, String container, boolean previous) {
        return pod(namespace, pod).isPresent() && container.equals("app") && !previous
                ? Optional.of(new RunningContainer("id", "app", 0, 0, Instant.EPOCH, true, false, true, true))
                : Optional.empty();
    }

    @Override
    public Collection<RunningContainer> running(String namespace, String pod) {
        return List.of();
    }

    @Override
    public Optional<Pod> pod(String namespace, String name) {
        return pods().stream()
                .filter(pod -> pod.getMetadata().getNamespace().equals(namespace)
                        && pod.getMetadata().getName().equals(name))
                .findFirst();
    }

    @Override
    public Collection<Pod> pods() {
        if (gone) {
            return List.of();
        }
        return List.of(new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .build());
    }

    @Override
    public OptionalLong sandboxPid(String namespace, String name) {
        // no such process: connections to ports fail
        return OptionalLong.of(Integer.MAX_VALUE);
    }
}
