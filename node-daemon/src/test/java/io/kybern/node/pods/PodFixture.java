package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.node.cgroups.PodGroups;
import io.kybern.node.env.ContainerEnvironment;
import io.kybern.node.env.HostFiles;
import io.kybern.node.env.PodFacts;
import io.kybern.node.events.EventSink;
import io.kybern.node.network.HostPort;
import io.kybern.node.network.PeerNode;
import io.kybern.node.network.PodAddress;
import io.kybern.node.network.PodIdentity;
import io.kybern.node.network.PodNetwork;
import io.kybern.node.network.PodNetworkException;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.probes.FirstProbing;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.probes.Prober;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.volumes.PodVolumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A pod keeper over a given runtime; API server, network and volumes are simple fakes. */
final class PodFixture implements AutoCloseable {

    static final String NODE = "node-under-test";

    /** A pod {@code p} of the node with one container, {@code main}. */
    static PodBuilder pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .withNamespace("ns")
                .withUid("u")
                .withResourceVersion("1")
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("main")
                .withImage("kybern/testbox:1")
                .endContainer()
                .endSpec();
    }

    final FakeClient client = new FakeClient();
    final FakeEvents events = new FakeEvents();
    final FakeNetwork network = new FakeNetwork();
    final NoObjects objects = new NoObjects();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final FakeVolumes volumes;
    private final Path directory;
    final PodPorts ports;
    private final ContainerRuntime runtime;
    private @Nullable AutoCloseable watch;
    volatile @Nullable Node node;
    volatile Runnable whenNodeIsRead = () -> {};
    volatile Set<String> pressures = Set.of();
    volatile PodKeeper keeper;

    PodFixture(ContainerRuntime runtime, Path directory) {
        this(runtime, PodGroups.none(), directory);
    }

    PodFixture(ContainerRuntime runtime, PodGroups groups, Path directory) {
        this.directory = directory;
        this.runtime = runtime;
        this.volumes = new FakeVolumes(directory);
        ports = new PodPorts(
                runtime,
                groups,
                network,
                volumes,
                client,
                objects,
                events,
                new ContainerEnvironment(objects),
                new Prober(runtime, threads),
                new FirstProbing(Instant.EPOCH, () -> 0),
                new ProbeMetrics(),
                new NodeFacts(
                        NODE,
                        List.of("172.18.0.9"),
                        Map::of,
                        new HostFiles.ClusterDns("10.96.0.10", "cluster.local"),
                        "kybern/pause:1",
                        Path.of("/etc/resolv.conf"),
                        Path.of("/etc/hosts"),
                        new HostProfiles(directory.resolve("seccomp"), false, directory.resolve("apparmor")),
                        () -> pressures),
                Clock.systemUTC(),
                timer,
                threads);
        begin();
        timer.scheduleWithFixedDelay(
                () -> keeper.relist(), Relist.EVERY.toMillis(), Relist.EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What pods reach the world through. */
    PodPorts ports() {
        return ports;
    }

    private void begin() {
        PodKeeper begun = new PodKeeper(
                ports,
                () -> {
                    whenNodeIsRead.run();
                    return node;
                },
                () -> node,
                new ImagePulls(4, directory.resolve("image_manager"), ImageVerification.DEFAULT, Clock.systemUTC()));
        keeper = begun;
        watch = runtime.watch(begun::changed);
    }

    void restart() throws Exception {
        keeper.close();
        hearNothing();
        begin();
    }

    /** From now on the engine's reports are lost. */
    void hearNothing() throws Exception {
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    @Override
    public void close() throws Exception {
        keeper.close();
        hearNothing();
        timer.shutdownNow();
        threads.shutdownNow();
    }

    /** Keeps statuses as the API server would. */
    static final class FakeClient implements PodClient {
        private final Map<String, Pod> pods = new ConcurrentHashMap<>();
        private final Set<String> confirmed = ConcurrentHashMap.newKeySet();
        private final AtomicLong revision = new AtomicLong(10);
        final List<PodStatus> written = new CopyOnWriteArrayList<>();
        final List<PodStatus> refused = new CopyOnWriteArrayList<>();
        /** Runs when a pod's object has been removed for good, before who removed it goes on. */
        volatile Consumer<Pod> afterConfirmation = pod -> {};

        /** What somebody else has made of the object, which its node learns from the answers to its own writes. */
        volatile @Nullable Long generation;

        @Override
        public Optional<Pod> writeStatus(Pod base, PodStatus status) throws ObjectUnavailableException {
            Pod known = pods.getOrDefault(base.getMetadata().getUid(), base);
            if (StatusTransitions.refused(base, known.getStatus(), status)) {
                refused.add(status);
                throw ObjectUnavailableException.reading(
                        "pod",
                        base.getMetadata().getNamespace(),
                        base.getMetadata().getName(),
                        new KubernetesClientException("may not be transitioned to non-terminated state", 422, null));
            }
            Long newer = generation;
            Pod stored = new PodBuilder(base)
                    .editMetadata()
                    .withGeneration(newer == null ? base.getMetadata().getGeneration() : newer)
                    .withResourceVersion(Long.toString(revision.incrementAndGet()))
                    .endMetadata()
                    .withStatus(status)
                    .build();
            pods.put(base.getMetadata().getUid(), stored);
            written.add(status);
            return Optional.of(stored);
        }

        @Override
        public void confirmDeletion(Pod pod) {
            confirmed.add(pod.getMetadata().getUid());
            afterConfirmation.accept(pod);
        }

        PodStatus status(Pod pod) {
            Pod stored = pods.get(pod.getMetadata().getUid());
            return stored == null ? new PodStatus() : stored.getStatus();
        }

        Pod stored(Pod pod) {
            return pods.get(pod.getMetadata().getUid());
        }

        boolean confirmed(Pod pod) {
            return confirmed.contains(pod.getMetadata().getUid());
        }
    }

    /** Remembers what was recorded. */
    static final class FakeEvents implements EventSink {
        private final List<String> reasons = new CopyOnWriteArrayList<>();
        final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void record(ObjectReference about, Type type, String reason, String message) {
            reasons.add(reason);
            messages.add(message);
        }

        List<String> reasons() {
            return reasons;
        }
    }

    /** Gives every pod the next address and keeps it. */
    static final class FakeNetwork implements PodNetwork {
        private final Map<String, PodAddress> given = new ConcurrentHashMap<>();
        private final AtomicLong next = new AtomicLong(2);
        final List<Instant> asked = new CopyOnWriteArrayList<>();
        volatile boolean refuses;
        volatile boolean diskIsFull;

        @Override
        public PodAddress attach(PodIdentity pod, long sandboxPid, List<HostPort> hostPorts) {
            asked.add(Instant.now(Clock.systemUTC()));
            if (diskIsFull) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
            if (refuses) {
                throw PodNetworkException.notReady("refused");
            }
            return given.computeIfAbsent(pod.uid(), u -> new PodAddress("10.244.0." + next.getAndIncrement()));
        }

        @Override
        public void detach(PodIdentity pod, @Nullable String ip) {
            given.remove(pod.uid());
        }

        @Override
        public Optional<PodAddress> addressOf(PodIdentity pod) {
            return Optional.ofNullable(given.get(pod.uid()));
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void configure(String podCidr, List<PeerNode> peers) {}
    }

    /** A directory per pod, and as volumes what the test puts in. */
    static final class FakeVolumes implements PodVolumes {
        private final Path root;
        final Map<String, Long> used = new ConcurrentHashMap<>();
        final Map<String, Path> paths = new ConcurrentHashMap<>();
        final List<Instant> asked = new CopyOnWriteArrayList<>();
        volatile @Nullable PodFacts seen;
        volatile boolean broken;

        FakeVolumes(Path root) {
            this.root = root;
        }

        @Override
        public Map<String, Path> prepare(Pod pod, PodFacts facts) {
            seen = facts;
            asked.add(Instant.now(Clock.systemUTC()));
            if (broken) {
                throw new IllegalStateException("nobody expected this");
            }
            return Map.copyOf(paths);
        }

        @Override
        public Path podDirectory(String podUid) {
            try {
                return Files.createDirectories(root.resolve(podUid));
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }

        @Override
        public long usedBytes(String podUid, String volume) {
            return used.getOrDefault(volume, 0L);
        }

        @Override
        public void release(String podUid) {}

        @Override
        public void remove(String podUid) {}
    }

    /** A cluster without ConfigMaps and Services. */
    static final class NoObjects implements ReferencedObjects {
        final Map<String, String> handlers = new ConcurrentHashMap<>();
        final Map<String, Secret> secrets = new ConcurrentHashMap<>();

        @Override
        public Optional<String> runtimeHandler(String runtimeClass) {
            return Optional.ofNullable(handlers.get(runtimeClass));
        }

        @Override
        public Optional<ConfigMap> configMap(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<Secret> secret(String namespace, String name) {
            return Optional.ofNullable(secrets.get(name));
        }

        @Override
        public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<PersistentVolume> persistentVolume(String name) {
            return Optional.empty();
        }

        @Override
        public Collection<Service> services(String namespace) {
            return List.of();
        }

        @Override
        public BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) {
            return new BoundToken("token", Instant.MAX);
        }
    }
}
