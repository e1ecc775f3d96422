package io.kybern.node.pods;

import io.kybern.node.runtime.AttachRequest;
import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerDisk;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.EngineInfo;
import io.kybern.node.runtime.ExecRequest;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.LogRequest;
import io.kybern.node.runtime.OutputSink;
import io.kybern.node.runtime.RegistryLogin;
import io.kybern.node.runtime.RemoteProcess;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine in memory: containers run until the test ends them. Safe to use from any thread. */
final class FakeRuntime implements ContainerRuntime {

    private record Entry(ContainerSpec spec, ContainerDetails details) {}

    private final Clock clock = Clock.systemUTC();
    private final Map<String, Entry> containers = new ConcurrentHashMap<>();
    private final List<ImageDetails> images = new CopyOnWriteArrayList<>();
    private final List<Consumer<ContainerChange>> watchers = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final Set<String> kept = ConcurrentHashMap.newKeySet();
    final List<String> signals = new CopyOnWriteArrayList<>();
    volatile long writtenBytes;

    /** Whether containers do not care about signals. */
    volatile boolean stubborn;

    private final AtomicInteger unheardSignals = new AtomicInteger();
    private volatile Consumer<ContainerSpec> beforeCreation = spec -> {};

    FakeRuntime() {
        images.add(new ImageDetails("sha256:1", List.of("kybern/testbox:1"), 1, "", Map.of()));
    }

    /** Runs before each container is created, on the thread that asks for it. */
    void beforeCreation(Consumer<ContainerSpec> hook) {
        beforeCreation = hook;
    }

    /** The running container of that name in its pod. */
    Optional<String> running(String name) {
        return containers.entrySet().stream()
                .filter(e -> e.getValue().details().state() == ContainerState.RUNNING)
                .filter(e -> name.equals(e.getValue().details().labels().get(PodLabels.CONTAINER)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The next lists of everything on the node are not answered. */
    void refuseLists(int times) {
        refusals.set(times);
    }

    /** From now on the containers of this pod cannot be removed. */
    void refuseRemoval(String uid) {
        kept.add(uid);
    }

    /** The next signals do not reach their containers. */
    void loseSignals(int times) {
        unheardSignals.set(times);
    }

    /** How often somebody looked at what there is. */
    int looks() {
        return looks.get();
    }

    /** What a container was created from. */
    ContainerSpec spec(String id) {
        return containers.get(id).spec();
    }

    /** A container ends. */
    void end(String id, int exitCode) {
        endUnheard(id, exitCode);
        tell(id, "die");
    }

    /** A container ends, and the report of it is lost. */
    void endUnheard(String id, int exitCode) {
        containers.computeIfPresent(id, (same, entry) -> {
            ContainerDetails d = entry.details();
            return d.state() == ContainerState.RUNNING
                    ? with(entry, ContainerState.EXITED, exitCode, Optional.of(d))
                    : entry;
        });
    }

    /** Something is reported. */
    void report(ContainerChange change) {
        watchers.forEach(w -> w.accept(change));
    }

    /** The engine restarts: whoever listens hears of it, maybe in more than one way, and of nothing else any more. */
    void endReports() {
        List<Consumer<ContainerChange>> all = List.copyOf(watchers);
        watchers.clear();
        all.forEach(w -> {
            w.accept(new ContainerChange("", ContainerChange.CLOSED, Map.of()));
            w.accept(new ContainerChange("", ContainerChange.CLOSED, Map.of()));
        });
    }

    private Entry with(Entry entry, ContainerState state, int exitCode, Optional<ContainerDetails> started) {
        ContainerDetails d = entry.details();
        return new Entry(
                entry.spec(),
                new ContainerDetails(
                        d.id(),
                        state,
                        state == ContainerState.RUNNING ? 1 : 0,
                        exitCode,
                        false,
                        "",
                        d.createdAt(),
                        started.map(ContainerDetails::startedAt).orElse(clock.instant()),
                        state == ContainerState.EXITED ? clock.instant() : null,
                        d.imageId(),
                        d.stopSignal(),
                        d.resources(),
                        d.labels()));
    }

    private void tell(String id, String action) {
        Entry entry = containers.get(id);
        Map<String, String> labels = entry == null ? Map.of() : entry.details().labels();
        watchers.forEach(w -> w.accept(new ContainerChange(id, action, labels)));
    }

    @Override
    public EngineInfo info() {
        return new EngineInfo("fake", "1", "none", "6", 1, 1L << 30, "2", "cgroupfs", Set.of("runc"));
    }

    @Override
    public boolean fullPrivileges() {
        return true;
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        looks.incrementAndGet();
        if (labels.containsKey(PodLabels.NODE) && refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw RuntimeFailure.unreachable("list", new IllegalStateException("away"));
        }
        List<ContainerSummary> out = new ArrayList<>();
        containers.forEach((id, entry) -> {
            if (entry.details().labels().entrySet().containsAll(labels.entrySet())) {
                out.add(new ContainerSummary(
                        id, entry.details().state(), entry.details().labels()));
            }
        });
        return out;
    }

    @Override
    public Optional<ContainerDetails> inspect(String id) {
        return Optional.ofNullable(containers.get(id)).map(Entry::details);
    }

    @Override
    public String create(ContainerSpec spec) {
        beforeCreation.accept(spec);
        String id = "c" + ids.incrementAndGet();
        containers.put(
                id,
                new Entry(
                        spec,
                        new ContainerDetails(
                                id,
                                ContainerState.CREATED,
                                0,
                                0,
                                false,
                                "",
                                clock.instant(),
                                null,
                                null,
                                "sha256:1",
                                "SIGTERM",
                                spec.resources(),
                                spec.labels())));
        return id;
    }

    @Override
    public void start(String id) {
        containers.computeIfPresent(id, (same, entry) -> with(entry, ContainerState.RUNNING, 0, Optional.empty()));
        tell(id, "start");
    }

    @Override
    public void resize(String id, ContainerSpec.Resources resources) {
        containers.computeIfPresent(id, (same, entry) -> {
            ContainerDetails d = entry.details();
            return new Entry(
                    entry.spec(),
                    new ContainerDetails(
                            d.id(),
                            d.state(),
                            d.pid(),
                            d.exitCode(),
                            d.oomKilled(),
                            d.error(),
                            d.createdAt(),
                            d.startedAt(),
                            d.finishedAt(),
                            d.imageId(),
                            d.stopSignal(),
                            resources,
                            d.labels()));
        });
    }

    @Override
    public void signal(String id, String signal) {
        if (unheardSignals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw RuntimeFailure.unreachable("signal " + id, new IllegalStateException("away"));
        }
        signals.add(signal);
        if (stubborn) {
            return;
        }
        end(id, signal.equals("SIGKILL") ? 137 : 143);
    }

    @Override
    public void remove(String id) {
        Entry entry = containers.get(id);
        if (entry != null && kept.contains(entry.details().labels().getOrDefault(PodLabels.UID, ""))) {
            throw RuntimeFailure.answered(
                    RuntimeFailure.Kind.REFUSED, "driver failed to remove root filesystem", new IOException());
        }
        containers.remove(id);
    }

    @Override
    public List<ContainerDisk> disks(Map<String, String> labels) {
        return list(labels).stream()
                .map(c -> new ContainerDisk(c.labels(), writtenBytes))
                .toList();
    }

    @Override
    public Set<String> imagesInUse() {
        return Set.of();
    }

    @Override
    public Optional<ImageDetails> image(String reference) {
        return images.stream().filter(i -> i.names().contains(reference)).findFirst();
    }

    @Override
    public List<ImageDetails> images() {
        return List.copyOf(images);
    }

    @Override
    public void pull(String reference, @Nullable RegistryLogin login, Duration atMost) {
        if (login != null && "open sesame".equals(login.password())) {
            images.add(new ImageDetails("sha256:2", List.of(reference), 1, "", Map.of()));
            return;
        }
        throw RuntimeFailure.answered(
                RuntimeFailure.Kind.NOT_FOUND, "no such image", new IllegalStateException(reference));
    }

    @Override
    public List<String> imageLayers(String reference) {
        return List.of("/layers/" + reference);
    }

    @Override
    public void removeImage(String id) {
        images.removeIf(i -> i.id().equals(id));
    }

    @Override
    public Optional<byte[]> readFile(String id, String path, int limit) {
        return Optional.empty();
    }

    @Override
    public RemoteProcess exec(String id, ExecRequest request) {
        throw new IllegalStateException("pods without hooks do not ask for this");
    }

    @Override
    public RemoteProcess attach(String id, AttachRequest request) {
        throw new IllegalStateException("pods do not ask for this");
    }

    @Override
    public void logs(String id, LogRequest request, OutputSink sink) {}

    @Override
    public Optional<Path> logFile(String id) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable watch(Consumer<ContainerChange> onChange) {
        watchers.add(onChange);
        return () -> watchers.remove(onChange);
    }
}
