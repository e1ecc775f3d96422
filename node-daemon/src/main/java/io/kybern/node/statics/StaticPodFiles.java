package io.kybern.node.statics;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.pods.StaticPod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads pods from a directory: one in each file, as JSON or YAML. Used by one thread. */
final class StaticPodFiles {

    private static final Logger log = LoggerFactory.getLogger(StaticPodFiles.class);

    private final Path directory;
    private final String node;
    private final Clock clock;
    private final Map<String, Pod> known = new HashMap<>();
    private final Map<Path, Pod> last = new HashMap<>();
    private final Map<Path, String> refused = new HashMap<>();

    /** @param node the node's name, which becomes part of the pods' names */
    StaticPodFiles(Path directory, String node, Clock clock) {
        this.directory = directory;
        this.node = node;
        this.clock = clock;
    }

    /**
     * The pods that the files describe now; the same content gives the same pod. A file that cannot be read just now
     * still stands for the pod that it gave last.
     */
    List<Pod> read() throws IOException {
        List<Pod> pods = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return pods;
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !String.valueOf(file.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException broken) {
            throw broken.getCause();
        }
        last.keySet().retainAll(files);
        refused.keySet().retainAll(files);
        for (Path file : files) {
            readOne(file);
            Pod pod = last.get(file);
            if (pod != null) {
                pods.add(pod);
            }
        }
        known.values().retainAll(pods);
        return pods;
    }

    private void readOne(Path file) {
        String content;
        try {
            content = Files.readString(file);
        } catch (NoSuchFileException removed) {
            last.remove(file);
            return;
        } catch (IOException unreadable) {
            refuse(file, unreadable.toString(), unreadable.toString(), "a file of a static pod cannot be read");
            return;
        }
        try {
            last.put(file, pod(file, content));
            refused.remove(file);
        } catch (RuntimeException noPod) {
            last.remove(file);
            refuse(file, content, noPod.getMessage(), "a file does not describe a pod and is left out");
        }
    }

    /** Tells of it once, until something else is wrong with the file. */
    private void refuse(Path file, String mark, @Nullable String why, String message) {
        if (!mark.equals(refused.put(file, mark))) {
            log.atWarn()
                    .setMessage(message)
                    .addKeyValue("file", file)
                    .addKeyValue("why", why)
                    .log();
        }
    }

    private Pod pod(Path file, String content) {
        String hash = UUID.nameUUIDFromBytes((node + "\n" + file + "\n" + content).getBytes(StandardCharsets.UTF_8))
                .toString();
        return known.computeIfAbsent(hash, unknown -> complete(Serialization.unmarshal(content, Pod.class), hash));
    }

    private Pod complete(Pod read, String hash) {
        if (!"Pod".equals(read.getKind())
                || read.getMetadata() == null
                || read.getMetadata().getName() == null
                || read.getSpec() == null
                || read.getSpec().getContainers().isEmpty()) {
            throw new IllegalArgumentException("a pod with a name and containers is expected");
        }
        return new PodBuilder(read)
                .editMetadata()
                .withName(read.getMetadata().getName() + "-" + node)
                .withNamespace(Objects.requireNonNullElse(read.getMetadata().getNamespace(), "default"))
                .withUid(hash)
                .withResourceVersion(null)
                .addToAnnotations(StaticPod.HASH, hash)
                .addToAnnotations(StaticPod.SEEN, clock.instant().toString())
                .addToAnnotations(StaticPod.SOURCE, StaticPod.FILE)
                .endMetadata()
                .editSpec()
                .withNodeName(node)
                .addToTolerations(new TolerationBuilder()
                        .withOperator("Exists")
                        .withEffect("NoExecute")
                        .build())
                .endSpec()
                .withStatus(null)
                .build();
    }
}
