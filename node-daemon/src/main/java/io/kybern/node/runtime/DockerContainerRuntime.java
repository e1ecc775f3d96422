package io.kybern.node.runtime;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The Docker Engine over its unix socket. */
public final class DockerContainerRuntime implements ContainerRuntime, AutoCloseable {

    /** Calls wait for a free connection, so there are plenty; a transport makes no more than are needed at once. */
    private static final int CONNECTIONS = 512;

    private static final Duration FOREVER = Duration.ofDays(365);

    private final DockerClient docker;
    private final DockerClient streaming;
    private final DockerSettings settings;
    private final KernelLog kernelLog;
    private final boolean fullPrivileges = HostPrivileges.complete();
    private final DockerImages images;

    /**
     * Connects lazily: the engine may come up after the daemon.
     *
     * @param kernelLog knows of containers that were killed for want of memory without the engine's noticing
     */
    public DockerContainerRuntime(DockerSettings settings, KernelLog kernelLog) {
        this.settings = settings;
        this.kernelLog = kernelLog;
        DockerHttpClient http = new BreathingTransport(() -> http(settings, settings.timeout()), Clock.systemUTC());
        this.docker = client(settings, http);
        this.streaming = client(settings, new StreamTransport(() -> http(settings, FOREVER)));
        this.images = new DockerImages(docker, http);
    }

    private static DockerClient client(DockerSettings settings, DockerHttpClient http) {
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost("unix://" + settings.socket())
                .withDockerTlsVerify(false)
                .build();
        return DockerClientImpl.getInstance(config, http);
    }

    private static DockerHttpClient http(DockerSettings settings, Duration timeout) {
        return new ZerodepDockerHttpClient.Builder()
                .dockerHost(URI.create("unix://" + settings.socket()))
                .maxConnections(CONNECTIONS)
                .connectionTimeout(settings.timeout())
                .responseTimeout(timeout)
                .build();
    }

    @Override
    public EngineInfo info() {
        return call("info", () -> {
            Info info = docker.infoCmd().exec();
            Version version = docker.versionCmd().exec();
            Object cgroups = info.getRawValues().get("CgroupVersion");
            Object driver = info.getRawValues().get("CgroupDriver");
            return new EngineInfo(
                    "docker",
                    orEmpty(version.getVersion()),
                    orEmpty(info.getOperatingSystem()),
                    orEmpty(info.getKernelVersion()),
                    info.getNCPU() == null ? 1 : info.getNCPU(),
                    info.getMemTotal() == null ? 0 : info.getMemTotal(),
                    cgroups == null ? "1" : cgroups.toString(),
                    driver == null ? "" : driver.toString(),
                    info.getRuntimes() == null ? Set.of() : info.getRuntimes().keySet());
        });
    }

    @Override
    public boolean fullPrivileges() {
        return fullPrivileges;
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        return call("list containers", () -> {
            List<Container> found = docker.listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(labels)
                    .exec();
            List<ContainerSummary> answer = new ArrayList<>(found.size());
            for (Container c : found) {
                answer.add(new ContainerSummary(
                        c.getId(), state(c.getState()), c.getLabels() == null ? Map.of() : c.getLabels()));
            }
            return answer;
        });
    }

    @Override
    public Optional<ContainerDetails> inspect(String id) {
        return call("inspect " + id, () -> {
            try {
                return Optional.of(kernelLog.complete(
                        details(docker.inspectContainerCmd(id).exec())));
            } catch (NotFoundException gone) {
                return Optional.empty();
            }
        });
    }

    private static ContainerDetails details(InspectContainerResponse c) {
        var s = c.getState();
        var config = c.getConfig();
        Map<String, String> labels = config.getLabels();
        Object stop = config.getRawValues().get("StopSignal");
        Long exit = s.getExitCodeLong();
        Long pid = s.getPidLong();
        return new ContainerDetails(
                c.getId(),
                state(s.getStatus()),
                pid == null ? 0 : pid,
                exit == null ? 0 : exit.intValue(),
                Boolean.TRUE.equals(s.getOOMKilled()),
                orEmpty(s.getError()),
                Optional.ofNullable(time(c.getCreated())).orElse(Instant.EPOCH),
                time(s.getStartedAt()),
                time(s.getFinishedAt()),
                orEmpty(c.getImageId()),
                stop == null || stop.toString().isEmpty() ? "SIGTERM" : stop.toString(),
                DockerSpecs.resources(c.getHostConfig()),
                labels == null ? Map.of() : labels);
    }

    private static ContainerState state(@Nullable String status) {
        return switch (orEmpty(status)) {
            case "created" -> ContainerState.CREATED;
            case "running", "paused", "restarting" -> ContainerState.RUNNING;
            default -> ContainerState.EXITED;
        };
    }

    private static @Nullable Instant time(@Nullable String text) {
        if (text == null || text.isEmpty() || text.startsWith("0001-")) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException unreadable) {
            return null;
        }
    }

    @Override
    public String create(ContainerSpec spec) {
        return call("create " + spec.name(), () -> DockerSpecs.command(docker, spec, fullPrivileges, settings)
                .exec()
                .getId());
    }

    @Override
    public void start(String id) {
        run("start " + id, () -> docker.startContainerCmd(id).exec());
    }

    @Override
    public void resize(String id, ContainerSpec.Resources resources) {
        run("resize " + id, () -> DockerSpecs.limits(docker.updateContainerCmd(id), resources)
                .exec());
    }

    @Override
    public void signal(String id, String signal) {
        run("signal " + id, () -> {
            try {
                docker.killContainerCmd(id).withSignal(signal).exec();
            } catch (NotFoundException | ConflictException ended) {
                // nothing is left to be told
            }
        });
    }

    @Override
    public void remove(String id) {
        run("remove " + id, () -> {
            try {
                docker.removeContainerCmd(id)
                        .withForce(true)
                        .withRemoveVolumes(true)
                        .exec();
            } catch (NotFoundException | ConflictException goneOrGoing) {
                // a second removal of the same container answers that the first is under way
            }
        });
    }

    @Override
    public List<ContainerDisk> disks(Map<String, String> labels) {
        return call("measure containers", () -> DockerDisks.measure(docker, labels));
    }

    @Override
    public Set<String> imagesInUse() {
        return call("list containers", () -> docker.listContainersCmd().withShowAll(true).exec().stream()
                .map(Container::getImageId)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet()));
    }

    @Override
    public Optional<ImageDetails> image(String reference) {
        return call("inspect image " + reference, () -> images.find(reference));
    }

    @Override
    public List<ImageDetails> images() {
        return call("list images", images::list);
    }

    @Override
    public List<String> imageLayers(String reference) {
        return call("inspect image " + reference, () -> images.layers(reference));
    }

    @Override
    public void pull(String reference, @Nullable RegistryLogin login, Duration atMost) {
        run("pull " + reference, () -> images.pull(streaming, reference, login, atMost));
    }

    @Override
    public void removeImage(String id) {
        run("remove image " + id, () -> docker.removeImageCmd(id).exec());
    }

    @Override
    public Optional<byte[]> readFile(String id, String path, int limit) {
        return call("read " + path + " of " + id, () -> {
            try (InputStream tar = docker.copyArchiveFromContainerCmd(id, path).exec()) {
                return TarFile.firstFile(tar, limit);
            } catch (NotFoundException absent) {
                return Optional.empty();
            } catch (IOException broken) {
                throw RuntimeFailure.unreachable("read " + path, broken);
            }
        });
    }

    @Override
    public RemoteProcess exec(String id, ExecRequest request) {
        String execId = call("exec in " + id, () -> docker.execCreateCmd(id)
                .withCmd(request.command().toArray(String[]::new))
                .withAttachStdin(request.stdin())
                .withAttachStdout(request.stdout())
                .withAttachStderr(request.stderr())
                .withTty(request.tty())
                .exec()
                .getId());
        return DockerProcess.open(
                settings,
                "/exec/" + execId + "/start",
                "{\"Detach\":false,\"Tty\":" + request.tty() + "}",
                new DockerProcess.Mode(request.tty(), true, false),
                new DockerProcess.Control() {
                    @Override
                    public void resize(int columns, int rows) {
                        run("resize", () -> docker.resizeExecCmd(execId)
                                .withSize(rows, columns)
                                .exec());
                    }

                    @Override
                    public @Nullable Integer exitCode() {
                        Long code = call(
                                "exit code",
                                () -> docker.inspectExecCmd(execId).exec().getExitCodeLong());
                        return code == null ? null : code.intValue();
                    }
                });
    }

    @Override
    public RemoteProcess attach(String id, AttachRequest request) {
        String query = "?stream=1&logs=" + flag(request.fromStart()) + "&stdin=" + flag(request.stdin()) + "&stdout="
                + flag(request.stdout()) + "&stderr=" + flag(request.stderr());
        DockerProcess joined = DockerProcess.open(
                settings,
                "/containers/" + id + "/attach" + query,
                "",
                new DockerProcess.Mode(request.tty(), request.endsInput(), request.stdin() && !request.endsInput()),
                new DockerProcess.Control() {
                    @Override
                    public void resize(int columns, int rows) {
                        run("resize", () -> docker.resizeContainerCmd(id)
                                .withSize(rows, columns)
                                .exec());
                    }

                    @Override
                    public @Nullable Integer exitCode() {
                        // a session that ends well says only that: how the container ended, its status says
                        return null;
                    }
                });
        if (inspect(id).filter(each -> each.state() == ContainerState.RUNNING).isEmpty()) {
            // the engine keeps a connection to a container that has ended for ever, and never says a word on it
            joined.close();
            String why = "container %s is not running".formatted(id);
            throw RuntimeFailure.answered(RuntimeFailure.Kind.CONFLICT, why, new IOException(why));
        }
        return joined;
    }

    private static String flag(boolean on) {
        return on ? "1" : "0";
    }

    @Override
    public void logs(String id, LogRequest request, OutputSink sink) throws IOException {
        LogPump pump = new LogPump(sink, request.timestamps() && !request.tty());
        run("logs of " + id, () -> {
            var command = streaming
                    .logContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(request.follow())
                    .withTimestamps(request.timestamps());
            if (request.tailLines() >= 0) {
                command.withTail(request.tailLines());
            }
            if (request.since() != null) {
                command.withSince((int) Math.min(request.since().getEpochSecond(), Integer.MAX_VALUE));
            }
            command.exec(pump);
            try {
                pump.awaitCompletion();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        pump.rethrow();
    }

    @Override
    public Optional<Path> logFile(String id) {
        return call("inspect " + id, () -> {
            try {
                return Optional.ofNullable(docker.inspectContainerCmd(id).exec().getLogPath())
                        .filter(path -> !path.isEmpty())
                        .map(Path::of);
            } catch (NotFoundException gone) {
                return Optional.empty();
            }
        });
    }

    @Override
    public AutoCloseable watch(Consumer<ContainerChange> onChange) {
        EventPump pump = new EventPump(onChange);
        streaming
                .eventsCmd()
                .withEventTypeFilter(com.github.dockerjava.api.model.EventType.CONTAINER)
                .withEventFilter("start", "die", "oom", "destroy")
                .exec(pump);
        return pump;
    }

    @Override
    public void close() throws IOException {
        docker.close();
        streaming.close();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static void run(String what, Runnable action) {
        call(what, () -> {
            action.run();
            return "";
        });
    }

    private static <T> T call(String what, Supplier<T> action) {
        try {
            return action.get();
        } catch (RuntimeFailure known) {
            throw known;
        } catch (NotModifiedException already) {
            throw RuntimeFailure.answered(RuntimeFailure.Kind.CONFLICT, what + ": nothing to do", already);
        } catch (NotFoundException missing) {
            throw RuntimeFailure.answered(RuntimeFailure.Kind.NOT_FOUND, DockerSpecs.message(missing), missing);
        } catch (ConflictException conflict) {
            throw RuntimeFailure.answered(RuntimeFailure.Kind.CONFLICT, DockerSpecs.message(conflict), conflict);
        } catch (DockerException refused) {
            throw RuntimeFailure.answered(RuntimeFailure.Kind.REFUSED, DockerSpecs.message(refused), refused);
        } catch (RuntimeException broken) {
            throw RuntimeFailure.unreachable(what, broken);
        }
    }
}
