package io.kybern.node.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A container engine. Every call blocks its (virtual) thread, has a time limit, and throws {@link RuntimeFailure} with
 * the engine's answer when it does not succeed. Safe to call from any thread.
 */
public interface ContainerRuntime {

    /** The engine's name and versions; also serves as a sign of life. */
    EngineInfo info();

    /** Whether a privileged container gets every capability; where not, it gets those that this machine has. */
    boolean fullPrivileges();

    /** The containers that carry all the given labels, running or not. */
    List<ContainerSummary> list(Map<String, String> labels);

    /** Everything about one container; empty when the engine does not know it. */
    Optional<ContainerDetails> inspect(String id);

    /** Creates a container without starting it, and answers its id. */
    String create(ContainerSpec spec);

    /** Starts a created container. */
    void start(String id);

    /** Gives a running container other limits on processor and memory; the score for the memory killer stays. */
    void resize(String id, ContainerSpec.Resources resources);

    /** Sends a signal ({@code SIGTERM}, {@code 9} …) to a running container; one that ended is left alone. */
    void signal(String id, String signal);

    /** Removes a container, killing it if needed; one that is gone is fine. */
    void remove(String id);

    /** What the containers that carry all the given labels take of the disk; takes the engine a while. */
    List<ContainerDisk> disks(Map<String, String> labels);

    /** The ids of the images that containers were made from, running or not. */
    Set<String> imagesInUse();

    /** An image on this machine. */
    Optional<ImageDetails> image(String reference);

    /** Every tagged image on this machine. */
    List<ImageDetails> images();

    /**
     * The directories that an image's files are in, the topmost first; each hides what lies below it.
     *
     * @throws RuntimeFailure also when this engine keeps its images in another way
     */
    List<String> imageLayers(String reference);

    /**
     * Fetches an image from its registry.
     *
     * @param login who asks for it; null for nobody in particular
     */
    void pull(String reference, @Nullable RegistryLogin login, Duration atMost);

    /** Removes an image that no container uses. */
    void removeImage(String id);

    /** Copies a file out of a container, also a stopped one; empty when there is none. At most {@code limit} bytes. */
    Optional<byte[]> readFile(String id, String path, int limit);

    /** Starts a command in a running container. */
    RemoteProcess exec(String id, ExecRequest request);

    /** Joins the main process of a running container; a {@code CONFLICT} if it has ended. */
    RemoteProcess attach(String id, AttachRequest request);

    /** Writes a container's log to the sink; with {@code follow} until the container ends or the sink throws. */
    void logs(String id, LogRequest request, OutputSink sink) throws IOException;

    /** The file that a container's log is written to; empty if there is none that can be read. */
    Optional<Path> logFile(String id);

    /** Reports containers that started or ended, until the answer is closed. Reports may be lost: they are hints. */
    AutoCloseable watch(Consumer<ContainerChange> onChange);
}
