package io.kybern.node.logs;

import io.kybern.node.pods.LoggedContainer;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links to the engine's log files at the paths that kubelets give them, where collectors look: {@code
 * <pods>/<namespace>_<pod>_<uid>/<container>/<attempt>.log}, and {@code <containers>/<pod>_<namespace>_<container>-<id>.log} that
 * leads there. See <a href="https://kubernetes.io/docs/concepts/cluster-administration/logging/">Logging Architecture</a>. What cannot
 * be linked is left alone: no container waits for its link. Used by one thread.
 */
final class LogLinks {

    private static final Logger log = LoggerFactory.getLogger(LogLinks.class);

    /** What file systems allow a name to have; kubelets cut the names of links there. */
    private static final int MAX_NAME = 255;

    private static final String SUFFIX = ".log";

    private final LogLinkProperties places;
    private final Supplier<List<ContainerSummary>> containers;
    private final Function<String, Optional<Path>> logFiles;

    /**
     * @param containers asks for the containers of this node
     * @param logFiles asks for the file of a container's log by the container's id
     */
    LogLinks(
            LogLinkProperties places,
            Supplier<List<ContainerSummary>> containers,
            Function<String, Optional<Path>> logFiles) {
        this.places = places;
        this.containers = containers;
        this.logFiles = logFiles;
    }

    /** A container has started. */
    void started(String id, Map<String, String> labels) {
        LoggedContainer.of(labels).ifPresent(container -> {
            try {
                link(id, container);
            } catch (IOException | InvalidPathException | RuntimeFailure e) {
                failed(e);
            }
        });
    }

    /** A container was removed, and its log with it. */
    void removed(String id, Map<String, String> labels) {
        LoggedContainer.of(labels).ifPresent(container -> {
            try {
                Files.deleteIfExists(containerLink(id, container));
                Files.deleteIfExists(podLink(container));
                removeEmpty(podDirectory(container).resolve(container.container()));
                removeEmpty(podDirectory(container));
            } catch (IOException | InvalidPathException e) {
                failed(e);
            }
        });
    }

    /** Links what is not linked, and takes away links that lead nowhere: nobody told of what happened while nobody listened. */
    void sweep() {
        try {
            for (ContainerSummary each : containers.get()) {
                if (each.state() != ContainerState.CREATED) {
                    started(each.id(), each.labels());
                }
            }
            removeDangling(places.containerLogsDir());
            for (Path pod : children(places.podLogsDir())) {
                for (Path container : children(pod)) {
                    removeDangling(container);
                    removeEmpty(container);
                }
                removeEmpty(pod);
            }
            // they may have led to those that are gone only now
            removeDangling(places.containerLogsDir());
        } catch (IOException | RuntimeFailure e) {
            failed(e);
        }
    }

    private static void failed(Exception e) {
        log.atDebug().setCause(e).log("a log could not be linked, or a link not be removed");
    }

    private void link(String id, LoggedContainer container) throws IOException {
        Path shown = containerLink(id, container);
        if (Files.exists(shown)) {
            return;
        }
        Optional<Path> file = logFiles.apply(id);
        if (file.isPresent()) {
            Path link = podLink(container);
            replace(link, file.get());
            replace(shown, link);
        }
    }

    private static void replace(Path link, Path target) throws IOException {
        Files.createDirectories(link.getParent());
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
    }

    private Path podDirectory(LoggedContainer c) {
        return places.podLogsDir().resolve(c.namespace() + "_" + c.pod() + "_" + c.uid());
    }

    private Path podLink(LoggedContainer c) {
        return podDirectory(c).resolve(c.container()).resolve(c.attempt() + SUFFIX);
    }

    private Path containerLink(String id, LoggedContainer c) {
        String name = c.pod() + "_" + c.namespace() + "_" + c.container() + "-" + id;
        int most = MAX_NAME - SUFFIX.length();
        return places.containerLogsDir().resolve((name.length() > most ? name.substring(0, most) : name) + SUFFIX);
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        }
    }

    private static void removeDangling(Path directory) throws IOException {
        for (Path each : children(directory)) {
            if (Files.isSymbolicLink(each) && !Files.exists(each)) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** What others have put there stays. */
    private static void removeEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.delete(directory);
            } catch (DirectoryNotEmptyException used) {
                log.atTrace().addKeyValue("directory", directory).log("still used");
            }
        }
    }
}
