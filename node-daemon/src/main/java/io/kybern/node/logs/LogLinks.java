package io.kybern.node.logs;

import io.kybern.node.pods.LoggedContainer;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.RuntimeFailure;
import io.kybern.node.trouble.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
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
 * be linked is left alone: no container waits for its link. Pods may write where the links are, so no directory is followed that is a
 * link itself. Used by one thread.
 */
final class LogLinks {

    private static final Logger log = LoggerFactory.getLogger(LogLinks.class);

    /** What file systems allow a name to have; kubelets cut the names of links there. */
    private static final int MAX_NAME = 255;

    private static final String SUFFIX = ".log";

    private final LogLinkProperties places;
    private final String node;
    private final Supplier<List<ContainerSummary>> containers;
    private final Function<String, Optional<Path>> logFiles;

    /** What went wrong since all went well, by its kind. */
    private final Map<Class<?>, Trouble> troubles = new HashMap<>();

    private boolean well;

    /**
     * @param node the name of this node; containers of others are not linked
     * @param containers asks for the containers of this node
     * @param logFiles asks for the file of a container's log by the container's id
     */
    LogLinks(
            LogLinkProperties places,
            String node,
            Supplier<List<ContainerSummary>> containers,
            Function<String, Optional<Path>> logFiles) {
        this.places = places;
        this.node = node;
        this.containers = containers;
        this.logFiles = logFiles;
    }

    /** A container has started. */
    void started(String id, Map<String, String> labels) {
        LoggedContainer.of(node, labels).ifPresent(container -> attempt(() -> link(id, container)));
    }

    /** A container was removed, and its log with it. */
    void removed(String id, Map<String, String> labels) {
        LoggedContainer.of(node, labels)
                .ifPresent(container -> attempt(() -> {
                    if (isDirectory(places.containerLogsDir())) {
                        Files.deleteIfExists(containerLink(id, container));
                    }
                    Path ofContainer = containerDirectory(container);
                    if (isDirectory(places.podLogsDir())
                            && isDirectory(podDirectory(container))
                            && isDirectory(ofContainer)) {
                        Files.deleteIfExists(podLink(container));
                        removeEmpty(ofContainer);
                        removeEmpty(podDirectory(container));
                    }
                }));
    }

    /** Links what is not linked, and takes away links that lead nowhere: nobody told of what happened while nobody listened. */
    void sweep() {
        well = true;
        attempt(() -> {
            for (ContainerSummary each : containers.get()) {
                if (each.state() != ContainerState.CREATED) {
                    started(each.id(), each.labels());
                }
            }
        });
        attempt(() -> removeDangling(places.containerLogsDir()));
        attempt(() -> {
            for (Path pod : children(places.podLogsDir())) {
                attempt(() -> sweep(pod));
            }
        });
        // they may have led to those that are gone only now
        attempt(() -> removeDangling(places.containerLogsDir()));
        if (well) {
            troubles.clear();
        }
    }

    private static void sweep(Path pod) throws IOException {
        for (Path container : children(pod)) {
            removeDangling(container);
            removeEmpty(container);
        }
        removeEmpty(pod);
    }

    /** Work that no other work depends on. */
    private interface Work {
        void run() throws IOException;
    }

    private void attempt(Work work) {
        try {
            work.run();
        } catch (IOException | UncheckedIOException | InvalidPathException | RuntimeFailure e) {
            well = false;
            // each kind once, until a sweep has gone well: the same fails for every container, every minute
            log.atLevel(troubles.computeIfAbsent(e.getClass(), kind -> new Trouble())
                            .failed())
                    .addKeyValue("why", e.toString())
                    .log("a log could not be linked, or a link not be removed");
        }
    }

    private void link(String id, LoggedContainer container) throws IOException {
        Path shown = containerLink(id, container);
        Path link = podLink(container);
        boolean isShown = Files.exists(shown);
        // a name that was cut may show an earlier attempt
        if (isShown && Files.exists(link)) {
            return;
        }
        Optional<Path> file = logFiles.apply(id);
        if (file.isPresent()) {
            requireDirectory(Files.createDirectories(places.podLogsDir()));
            directory(podDirectory(container));
            directory(containerDirectory(container));
            replace(containerDirectory(container), link, file.get());
            if (!isShown) {
                Files.createDirectories(places.containerLogsDir());
                replace(places.containerLogsDir(), shown, link);
            }
        }
    }

    /** Makes sure that there is a directory, and not somebody's link to one; its parent is known to be one. */
    private static void directory(Path path) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException there) {
            requireDirectory(path);
        }
    }

    private static void requireDirectory(Path path) throws IOException {
        if (!isDirectory(path)) {
            throw new NotDirectoryException(path.toString());
        }
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static void replace(Path directory, Path link, Path target) throws IOException {
        requireDirectory(directory);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
    }

    private Path podDirectory(LoggedContainer c) {
        return places.podLogsDir().resolve(c.namespace() + "_" + c.pod() + "_" + c.uid());
    }

    private Path containerDirectory(LoggedContainer c) {
        return podDirectory(c).resolve(c.container());
    }

    private Path podLink(LoggedContainer c) {
        return containerDirectory(c).resolve(c.attempt() + SUFFIX);
    }

    private Path containerLink(String id, LoggedContainer c) {
        String name = c.pod() + "_" + c.namespace() + "_" + c.container() + "-" + id;
        int most = MAX_NAME - SUFFIX.length();
        return places.containerLogsDir().resolve((name.length() > most ? name.substring(0, most) : name) + SUFFIX);
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!isDirectory(directory)) {
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

    /** What others have put there stays, but for links that lead nowhere and directories that are empty. */
    private static void removeEmpty(Path directory) throws IOException {
        if (isDirectory(directory)) {
            try {
                Files.delete(directory);
            } catch (DirectoryNotEmptyException used) {
                log.atTrace().addKeyValue("directory", directory).log("still used");
            }
        }
    }
}
