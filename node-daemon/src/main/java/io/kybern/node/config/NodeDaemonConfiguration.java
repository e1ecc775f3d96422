package io.kybern.node.config;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kybern.api.ResourceRegistry;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.ClientProperties;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.node.cgroups.KubepodsGroups;
import io.kybern.node.cgroups.PodGroups;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.env.ContainerEnvironment;
import io.kybern.node.env.HostFiles;
import io.kybern.node.events.EventSink;
import io.kybern.node.events.RecordedEvents;
import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.eviction.ImageCollectionProperties;
import io.kybern.node.eviction.PressureLoop;
import io.kybern.node.eviction.Pressures;
import io.kybern.node.network.NetworkProperties;
import io.kybern.node.network.PodNetwork;
import io.kybern.node.objects.ApiPodClient;
import io.kybern.node.objects.ApiReferencedObjects;
import io.kybern.node.objects.NodeTerms;
import io.kybern.node.objects.PodClient;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.objects.RememberedObjects;
import io.kybern.node.pods.HostProfiles;
import io.kybern.node.pods.ImagePulls;
import io.kybern.node.pods.NodeFacts;
import io.kybern.node.pods.PodFeed;
import io.kybern.node.pods.PodKeeper;
import io.kybern.node.pods.PodPorts;
import io.kybern.node.probes.FirstProbing;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.probes.Prober;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.DockerContainerRuntime;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.KernelLog;
import io.kybern.node.runtime.RuntimeFailure;
import io.kybern.node.shutdown.NodePods;
import io.kybern.node.shutdown.NodeShutdown;
import io.kybern.node.shutdown.ShutdownProperties;
import io.kybern.node.statics.ApiMirrorPods;
import io.kybern.node.statics.MirroredStatus;
import io.kybern.node.statics.StaticPods;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.stats.UsageReader;
import io.kybern.node.stats.VolumeUsages;
import io.kybern.node.status.MachineFacts;
import io.kybern.node.status.NodeReporter;
import io.kybern.node.status.ReservationProperties;
import io.kybern.node.status.Reservations;
import io.kybern.node.volumes.LocalDirectories;
import io.kybern.node.volumes.LocalPodVolumes;
import io.kybern.node.volumes.PodVolumes;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the node: its access to the API server, its engine, its pods, and what it says of itself. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
    NodeDaemonProperties.class,
    EvictionProperties.class,
    ContainerLogProperties.class,
    ImageCollectionProperties.class,
    ImageProperties.class,
    ReservationProperties.class,
    ShutdownProperties.class,
    ClientProperties.class
})
public class NodeDaemonConfiguration {

    /** As often as kubelets look at what containers use. */
    private static final int SAMPLE_EVERY_SECONDS = 10;

    /** Kubelets are told by the kernel; a look at a directory of a few files costs as little. */
    private static final int STATIC_PODS_EVERY_SECONDS = 5;

    private static final int FORGET_EVERY_SECONDS = 60;

    /** A container that was removed is gone from its control group within moments. */
    private static final int SWEEP_EVERY_SECONDS = 2;

    @Bean
    ApiClients apiClients(ClientProperties properties) {
        return ApiClients.fromKubeconfig(properties, "node-daemon");
    }

    @Bean(destroyMethod = "")
    KubernetesClient kubernetesClient(ApiClients clients) {
        return clients.kubernetes();
    }

    @Bean
    EventRecorders eventRecorders(ApiClients clients, NodeDaemonProperties properties) {
        return new EventRecorders(
                        clients.objects(ResourceRegistry.builtIn().require("", "v1", "events"), Event.class),
                        properties.name(),
                        Clock.systemUTC())
                .start();
    }

    @Bean
    EventSink eventSink(EventRecorders recorders) {
        return new RecordedEvents(recorders.of("kubelet"));
    }

    @Bean
    ContainerRuntime containerRuntime(
            NodeDaemonProperties properties, ContainerLogProperties logs, CommandRunner commands) {
        DockerSettings settings = new DockerSettings(
                properties.dockerSocket(), properties.dockerTimeout(), properties.podPidsLimit(), logs.logs());
        return new DockerContainerRuntime(settings, new KernelLog(commands, Clock.systemUTC()));
    }

    @Bean
    PodGroups podGroups(
            NodeDaemonProperties properties,
            ContainerRuntime runtime,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        PodGroups groups = new KubepodsGroups(
                Path.of("/"),
                properties.cgroupRoot(),
                Runtime.getRuntime().availableProcessors(),
                properties.podPidsLimit(),
                () -> runtime.info().cgroupDriver().equals("cgroupfs"));
        podTimer.scheduleWithFixedDelay(
                () -> podThreads.execute(groups::sweep), SWEEP_EVERY_SECONDS, SWEEP_EVERY_SECONDS, TimeUnit.SECONDS);
        return groups;
    }

    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService podTimer() {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("pod-timer").daemon().factory());
    }

    @Bean(destroyMethod = "shutdownNow")
    ExecutorService podThreads() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    ReferencedObjects referencedObjects(
            KubernetesClient client,
            SharedIndexInformer<Service> serviceInformer,
            SharedIndexInformer<Pod> podInformer,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        RememberedObjects objects = new RememberedObjects(
                new ApiReferencedObjects(client, namespace -> serviceInformer.getIndexer().list().stream()
                        .filter(service -> service.getMetadata().getNamespace().equals(namespace))
                        .toList()));
        podTimer.scheduleWithFixedDelay(
                // on a thread of its own: a failure there does not end the repetition
                () -> podThreads.execute(() -> objects.retain(podInformer.getIndexer().list().stream()
                        .map(pod -> pod.getMetadata().getNamespace())
                        .collect(Collectors.toSet()))),
                FORGET_EVERY_SECONDS,
                FORGET_EVERY_SECONDS,
                TimeUnit.SECONDS);
        return objects;
    }

    @Bean
    PodVolumes podVolumes(
            NodeDaemonProperties properties,
            ReferencedObjects objects,
            CommandRunner commands,
            ContainerRuntime runtime,
            NodeReporter reporter) {
        return new LocalPodVolumes(
                directory(properties),
                objects,
                commands,
                runtime::imageLayers,
                wanted -> {
                    Node node = reporter.node();
                    return node == null || NodeTerms.match(wanted, node);
                },
                Clock.systemUTC());
    }

    @Bean
    LocalDirectories localDirectories(NodeDaemonProperties properties) {
        return new LocalDirectories(directory(properties));
    }

    private static Path directory(NodeDaemonProperties properties) {
        try {
            return Files.createDirectories(properties.directory());
        } catch (IOException e) {
            throw new UncheckedIOException("the pods' directory " + properties.directory() + " cannot be made", e);
        }
    }

    @Bean
    Reservations reservations(ReservationProperties properties, EvictionProperties eviction) {
        return properties.reservations(eviction::kept);
    }

    @Bean
    NodeReporter nodeReporter(
            KubernetesClient client,
            ContainerRuntime runtime,
            PodNetwork network,
            EventSink events,
            Pressures pressures,
            Reservations reservations,
            NodeDaemonProperties properties,
            NetworkProperties networkProperties) {
        return new NodeReporter(
                new NodeReporter.Sources(client, runtime, network, events, pressures::now, reservations),
                properties.name(),
                networkProperties.bridge(),
                directory(properties),
                Clock.systemUTC());
    }

    @Bean
    NodeFacts nodeFacts(
            NodeDaemonProperties properties,
            NetworkProperties networkProperties,
            NodeReporter reporter,
            Pressures pressures) {
        return new NodeFacts(
                properties.name(),
                MachineFacts.addresses(networkProperties.bridge()).stream()
                        .limit(1)
                        .toList(),
                () -> {
                    Node node = reporter.node();
                    return node == null || node.getStatus() == null
                            ? Map.of()
                            : Objects.requireNonNullElse(node.getStatus().getAllocatable(), Map.of());
                },
                new HostFiles.ClusterDns(properties.clusterDns(), properties.clusterDomain()),
                properties.pauseImage(),
                Path.of("/etc/resolv.conf"),
                Path.of("/etc/hosts"),
                new HostProfiles(
                        directory(properties).resolveSibling("seccomp"),
                        MachineFacts.line("/sys/module/apparmor/parameters/enabled")
                                .startsWith("Y"),
                        Path.of("/sys/kernel/security/apparmor/profiles")),
                pressures::now);
    }

    @Bean
    PodClient podClient(KubernetesClient client, SharedIndexInformer<Pod> podInformer) {
        return new MirroredStatus(
                new ApiPodClient(client),
                (namespace, name) ->
                        Optional.ofNullable(podInformer.getIndexer().getByKey(namespace + "/" + name)));
    }

    @Bean
    ProbeMetrics probeMetrics() {
        return new ProbeMetrics();
    }

    @Bean
    PodPorts podPorts(
            ContainerRuntime runtime,
            PodGroups groups,
            PodNetwork network,
            PodVolumes volumes,
            PodClient pods,
            EventSink events,
            ReferencedObjects objects,
            NodeFacts node,
            ProbeMetrics probeMetrics,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        return new PodPorts(
                runtime,
                groups,
                network,
                volumes,
                pods,
                objects,
                events,
                new ContainerEnvironment(objects),
                new Prober(runtime, podThreads),
                new FirstProbing(Clock.systemUTC().instant(), Math::random),
                probeMetrics,
                node,
                Clock.systemUTC(),
                podTimer,
                podThreads);
    }

    @Bean
    ImagePulls imagePulls(NodeDaemonProperties properties, ImageProperties images) {
        return new ImagePulls(
                properties.pullsAtOnce(),
                directory(properties).resolveSibling("image_manager"),
                images.verification(),
                Clock.systemUTC());
    }

    @Bean(destroyMethod = "")
    PodKeeper podKeeper(PodPorts ports, NodeReporter reporter, ImagePulls pulls, MeterRegistry metrics) {
        PodKeeper keeper = new PodKeeper(ports, reporter::node, reporter::newestNode, pulls);
        metrics.gauge("kubelet.running.pods", keeper, PodKeeper::runningPods);
        metrics.gauge("kubelet.running.containers", keeper, PodKeeper::runningContainers);
        return keeper;
    }

    @Bean
    NodeShutdown nodeShutdown(ShutdownProperties settings, PodKeeper keeper, NodeReporter reporter) {
        return new NodeShutdown(settings, new NodePods(keeper, reporter));
    }

    @Bean
    UsageReader usageReader(NodeDaemonProperties properties, PodKeeper keeper) {
        return UsageReader.ofThisMachine(keeper, directory(properties), Clock.systemUTC());
    }

    @Bean
    StatsPages statsPages(
            NodeDaemonProperties properties,
            UsageReader reader,
            PodVolumes volumes,
            CommandRunner commands,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        podTimer.scheduleWithFixedDelay(
                () -> podThreads.execute(reader::sample), SAMPLE_EVERY_SECONDS, SAMPLE_EVERY_SECONDS, TimeUnit.SECONDS);
        // a file server that hangs would take a carrier of virtual threads with it
        Executor looks =
                look -> Thread.ofPlatform().daemon().name("volume-usage").start(look);
        StatsPages pages = new StatsPages(
                properties.name(), reader, new VolumeUsages(volumes::paths, commands, Clock.systemUTC(), looks));
        podTimer.scheduleWithFixedDelay(
                () -> podThreads.execute(pages::lookAtVolumes),
                SAMPLE_EVERY_SECONDS,
                SAMPLE_EVERY_SECONDS,
                TimeUnit.SECONDS);
        return pages;
    }

    @Bean
    Pressures pressures() {
        return new Pressures();
    }

    @Bean
    PressureLoop pressureLoop(
            NodeDaemonProperties properties,
            PressureLoop.Sources sources,
            Pressures pressures,
            EvictionProperties eviction,
            ImageCollectionProperties images,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        return new PressureLoop(sources, eviction, images, directory(properties), pressures, podTimer, podThreads);
    }

    @Bean
    PressureLoop.Sources pressureSources(
            PodKeeper keeper, UsageReader usage, ContainerRuntime runtime, CommandRunner commands) {
        return new PressureLoop.Sources(keeper, usage, runtime, commands, Clock.systemUTC());
    }

    @Bean(destroyMethod = "")
    SharedIndexInformer<Pod> podInformer(KubernetesClient client, NodeDaemonProperties properties) {
        return client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", properties.name())
                .runnableInformer(0);
    }

    @Bean
    PodFeed podFeed(
            SharedIndexInformer<Pod> podInformer,
            StaticPods statics,
            ContainerRuntime runtime,
            PodKeeper keeper,
            ScheduledExecutorService podTimer) {
        return new PodFeed(podInformer, statics::uids, runtime, keeper, podTimer);
    }

    @Bean
    StaticPods staticPods(
            NodeDaemonProperties properties,
            PodKeeper keeper,
            NodeReporter reporter,
            KubernetesClient client,
            SharedIndexInformer<Pod> podInformer,
            ScheduledExecutorService podTimer,
            ExecutorService podThreads) {
        StaticPods statics = new StaticPods(
                properties.manifests(),
                properties.name(),
                new RunningPods(keeper),
                new ApiMirrorPods(client, new ApiPodClient(client), reporter::node),
                () -> podInformer.hasSynced()
                        ? Optional.of(podInformer.getIndexer().list())
                        : Optional.empty(),
                Clock.systemUTC());
        // before the pods of the API server are known: the static ones do not wait for them, and are no left-overs
        statics.look();
        podTimer.scheduleWithFixedDelay(
                () -> podThreads.execute(statics::look),
                STATIC_PODS_EVERY_SECONDS,
                STATIC_PODS_EVERY_SECONDS,
                TimeUnit.SECONDS);
        return statics;
    }

    @Bean
    ProxyModePage proxyModePage(NodeDaemonProperties properties) {
        return new ProxyModePage(properties.proxyModePort());
    }

    @Bean
    HealthIndicator containerEngineHealthIndicator(ContainerRuntime runtime) {
        return () -> {
            try {
                return Health.up()
                        .withDetail("version", runtime.info().version())
                        .build();
            } catch (RuntimeFailure e) {
                return Health.down(e).build();
            }
        };
    }
}
