package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.LogRequest;
import io.kybern.node.runtime.OutputSink;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at one pod's containers. The engine is asked only when there is doubt that what it showed last still holds, and never again for
 * what cannot change any more. Owned by one thread; doubt may come from any.
 */
final class PodObserver {

    private static final Logger log = LoggerFactory.getLogger(PodObserver.class);

    /** Limits of a termination message: of a file, and of a log that stands in for it. */
    private static final int MAX_MESSAGE_BYTES = 4096;

    private static final int MAX_LOG_BYTES = 2048;
    private static final int MAX_LOG_LINES = 80;

    private final ContainerRuntime runtime;
    private final String podUid;
    private final Map<String, ObservedContainer> ended = new HashMap<>();
    private final Map<String, String> messages = new HashMap<>();
    private volatile boolean doubtful = true;
    private ObservedPod latest = ObservedPod.empty();

    PodObserver(ContainerRuntime runtime, String podUid) {
        this.runtime = runtime;
        this.podUid = podUid;
    }

    /** Something may have happened to a container: the next look asks the engine. */
    void doubt() {
        doubtful = true;
    }

    /** The pod's containers as they are, or as they were seen last if nobody has doubts. */
    ObservedPod look() {
        if (doubtful) {
            // first, so that a doubt that comes up while the engine answers is not lost
            doubtful = false;
            boolean seen = false;
            try {
                latest = observe();
                seen = true;
            } finally {
                // only set here: to read it and write it back would lose a doubt that comes up in between
                if (!seen) {
                    doubtful = true;
                }
            }
        }
        return latest;
    }

    private ObservedPod observe() {
        List<ObservedContainer> found = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (ContainerSummary summary : runtime.list(Map.of(PodLabels.UID, podUid))) {
            ids.add(summary.id());
            ObservedContainer known = ended.get(summary.id());
            if (known != null) {
                found.add(known);
                continue;
            }
            Optional<ContainerDetails> details = runtime.inspect(summary.id());
            Optional<ObservedContainer> c = details.flatMap(ObservedContainer::of);
            if (c.isPresent()) {
                found.add(c.get());
                if (c.get().details().state() == ContainerState.EXITED) {
                    ended.put(summary.id(), c.get());
                }
            }
        }
        ended.keySet().retainAll(ids);
        messages.keySet().retainAll(ids);
        return ObservedPod.of(found);
    }

    /** What an ended container left to say. */
    String terminationMessage(Pod pod, ObservedContainer c, Path podDirectory) {
        return messages.computeIfAbsent(c.id(), id -> readMessage(pod, c, podDirectory));
    }

    private String readMessage(Pod pod, ObservedContainer c, Path podDirectory) {
        Path file = MountSpecs.terminationLog(podDirectory, c.name(), c.attempt());
        String text = "";
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                text = new String(in.readNBytes(MAX_MESSAGE_BYTES), StandardCharsets.UTF_8);
            } catch (IOException unreadable) {
                text = "Error on reading termination log " + file + ": " + unreadable.getMessage();
            }
        }
        boolean fallback = Specs.container(pod, c.name())
                .map(Container::getTerminationMessagePolicy)
                .filter("FallbackToLogsOnError"::equals)
                .isPresent();
        return text.isEmpty() && fallback && c.exitCode() != 0 && !c.failedToStart() ? lastLog(c) : text;
    }

    private String lastLog(ObservedContainer c) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputSink sink = (channel, data, offset, length) -> out.write(data, offset, length);
        try {
            runtime.logs(c.id(), new LogRequest(false, MAX_LOG_LINES, null, false, false), sink);
        } catch (IOException | RuntimeFailure unreadable) {
            log.atDebug()
                    .setMessage("the log of an ended container could not be read")
                    .addKeyValue("container", c.name())
                    .addKeyValue("why", unreadable.getMessage())
                    .log();
        }
        byte[] all = out.toByteArray();
        int from = Math.max(0, all.length - MAX_LOG_BYTES);
        return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    }
}
