package io.kybern.node.pods;

import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerState;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** One container of a pod as the engine shows it, read through the labels that this node gave it. */
record ObservedContainer(
        String name, ContainerKind kind, int attempt, String hash, String sandboxId, ContainerDetails details) {

    private static final int START_FAILED = 128;

    /** Reads the labels; empty for a container that is not ours. */
    static Optional<ObservedContainer> of(ContainerDetails details) {
        Map<String, String> labels = details.labels();
        String kind = labels.get(PodLabels.KIND);
        if (kind == null || !labels.containsKey(PodLabels.UID)) {
            return Optional.empty();
        }
        return Optional.of(new ObservedContainer(
                labels.getOrDefault(PodLabels.CONTAINER, ""),
                ContainerKind.valueOf(kind),
                Integer.parseInt(labels.getOrDefault(PodLabels.ATTEMPT, "0")),
                labels.getOrDefault(PodLabels.HASH, ""),
                labels.getOrDefault(PodLabels.SANDBOX, ""),
                details));
    }

    String id() {
        return details.id();
    }

    /** What the container was made from, as a node with this engine calls it: as its registry does, else by its own digest. */
    String imageId() {
        String digest = details.labels().get(PodLabels.DIGEST);
        return digest == null ? "docker://" + details.imageId() : "docker-pullable://" + digest;
    }

    /** Of which {@linkplain RestartRounds round} it is. */
    int round() {
        return Integer.parseInt(details.labels().getOrDefault(PodLabels.ROUND, "0"));
    }

    /** The image as the pod named it when the container was made; empty for a container of an older daemon. */
    Optional<String> image() {
        return Optional.ofNullable(details.labels().get(PodLabels.IMAGE));
    }

    boolean running() {
        return details.state() == ContainerState.RUNNING;
    }

    /** It ran and ended, or the engine could not start it. */
    boolean ended() {
        return details.state() == ContainerState.EXITED || failedToStart();
    }

    boolean failedToStart() {
        return details.state() == ContainerState.CREATED && !details.error().isEmpty();
    }

    boolean succeeded() {
        return details.state() == ContainerState.EXITED && details.exitCode() == 0;
    }

    /** What the program ended with; 128 if it never ran, whatever the engine says then. */
    int exitCode() {
        return failedToStart() ? START_FAILED : details.exitCode();
    }

    /** The same as if it were still to be started. */
    ObservedContainer notStarted() {
        ContainerDetails waiting = new ContainerDetails(
                details.id(),
                ContainerState.CREATED,
                0,
                0,
                false,
                "",
                details.createdAt(),
                null,
                null,
                details.imageId(),
                details.stopSignal(),
                details.resources(),
                details.labels());
        return new ObservedContainer(name, kind, attempt, hash, sandboxId, waiting);
    }

    /** When it ended; a container that could not be started ended when it was created. */
    Instant endedAt() {
        Instant finished = details.finishedAt();
        return finished == null ? details.createdAt() : finished;
    }
}
