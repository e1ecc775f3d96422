package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kybern.api.Json;
import io.kybern.node.config.ContainerLogProperties;
import io.kybern.node.config.ImageProperties;
import io.kybern.node.config.NodeDaemonProperties;
import io.kybern.node.env.HostFiles;
import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.eviction.ImageCollectionProperties;
import io.kybern.node.logs.LogLinkProperties;
import io.kybern.node.pods.HostProfiles;
import io.kybern.node.pods.NodeFacts;
import io.kybern.node.pods.Pulse;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.shutdown.ShutdownProperties;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.stats.UsageReader;
import io.kybern.node.stats.VolumeUsages;
import io.kybern.node.status.ReservationProperties;
import io.kybern.node.volumes.LocalDirectories;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

@Timeout(60)
class NodeApiConfigurationTest {

    @Configuration
    @EnableConfigurationProperties({
        NodeDaemonProperties.class,
        ContainerLogProperties.class,
        LogLinkProperties.class,
        ImageProperties.class,
        ImageCollectionProperties.class,
        EvictionProperties.class,
        ReservationProperties.class,
        ShutdownProperties.class
    })
    static class Settings {}

    @TempDir
    private Path directory;

    private final CountDownLatch beats = new CountDownLatch(1);

    private AnnotationConfigApplicationContext context(TestTls tls) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test",
                        Map.of(
                                "kybern.node-daemon.name", "node-1",
                                "kybern.node-daemon.api.port", "0",
                                "kybern.node-daemon.api.certificate", tls.certificate(),
                                "kybern.node-daemon.api.key", tls.key(),
                                "kybern.node-daemon.api.client-ca", tls.certificate(),
                                "kybern.node-daemon.system-log-directory", directory,
                                "kybern.node-daemon.pod-logs-dir", directory.resolve("pods"),
                                "kybern.node-daemon.container-logs-dir", directory.resolve("containers"))));
        context.registerBean(
                KubernetesClient.class,
                () -> new KubernetesClientBuilder().withConfig(Config.empty()).build());
        context.registerBean(NodeFacts.class, this::facts);
        context.registerBean(Pulse.class, () -> beat -> beats.countDown());
        context.registerBean(OnePod.class);
        context.registerBean(EchoRuntime.class);
        context.registerBean(ProbeMetrics.class);
        context.registerBean(
                PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        context.registerBean(
                StatsPages.class,
                () -> new StatsPages(
                        "node-1",
                        UsageReader.ofThisMachine(new OnePod(), Path.of("/"), Clock.systemUTC()),
                        new VolumeUsages(uid -> Map.of(), (command, input) -> "", Clock.systemUTC(), Runnable::run)));
        context.registerBean(LocalDirectories.class, () -> new LocalDirectories(directory));
        context.registerBean(
                "podTimer", ScheduledExecutorService.class, () -> Executors.newSingleThreadScheduledExecutor());
        context.registerBean("podThreads", ExecutorService.class, Executors::newVirtualThreadPerTaskExecutor);
        context.register(Settings.class, NodeApiConfiguration.class);
        return context;
    }

    private NodeFacts facts() {
        return new NodeFacts(
                "node-1",
                List.of(),
                Map::of,
                new HostFiles.ClusterDns("10.96.0.10", "cluster.local"),
                "pause",
                directory,
                directory,
                new HostProfiles(directory, false, directory),
                Set::of);
    }

    @Test
    void theApiIsServedWithTheSettingsOfTheNode() throws Exception {
        TestTls tls = TestTls.create(directory, "O=system:masters,CN=kube-apiserver-kubelet-client");
        try (AnnotationConfigApplicationContext context = context(tls);
                HttpClient client =
                        HttpClient.newBuilder().sslContext(tls.clientContext()).build()) {
            context.refresh();
            URI address = URI.create(
                    "https://localhost:" + context.getBean(NodeApiServer.class).port() + "/configz");
            String answer = client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            assertThat(Json.read(answer)
                            .path("kubeletconfig")
                            .path("podLogsDir")
                            .asString())
                    .isEqualTo(directory.resolve("pods").toString());
            beats.await();
        }
    }
}
