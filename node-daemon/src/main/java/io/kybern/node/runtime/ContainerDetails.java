package io.kybern.node.runtime;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the node wants to know about one container.
 *
 * @param id the engine's id
 * @param state where it is in its life
 * @param pid its main process as this machine counts; 0 unless running
 * @param exitCode meaningful when exited
 * @param oomKilled whether the memory limit ended it
 * @param error the engine's words when it could not start it; empty otherwise
 * @param createdAt when it was created
 * @param startedAt when it was started
 * @param finishedAt when it ended
 * @param imageId the image it was made from
 * @param stopSignal what asks it to end, for example {@code SIGTERM}
 * @param resources its limits now; the score for the memory killer is left out
 * @param labels the labels it was created with
 */
public record ContainerDetails(
        String id,
        ContainerState state,
        long pid,
        int exitCode,
        boolean oomKilled,
        String error,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        String imageId,
        String stopSignal,
        ContainerSpec.Resources resources,
        Map<String, String> labels) {

    /** Copies the labels. */
    public ContainerDetails {
        labels = Map.copyOf(labels);
    }

    /** The same container, which the memory limit ended. */
    ContainerDetails killedForMemory() {
        return new ContainerDetails(
                id,
                state,
                pid,
                exitCode,
                true,
                error,
                createdAt,
                startedAt,
                finishedAt,
                imageId,
                stopSignal,
                resources,
                labels);
    }
}
