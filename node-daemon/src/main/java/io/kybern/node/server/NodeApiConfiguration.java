package io.kybern.node.server;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.node.access.AccessProperties;
import io.kybern.node.access.ApiReviews;
import io.kybern.node.access.NodeAccess;
import io.kybern.node.config.ContainerLogProperties;
import io.kybern.node.config.ImageProperties;
import io.kybern.node.config.NodeDaemonProperties;
import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.eviction.ImageCollectionProperties;
import io.kybern.node.logs.LogLinkProperties;
import io.kybern.node.pods.NodeFacts;
import io.kybern.node.pods.PodTable;
import io.kybern.node.pods.Pulse;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.shutdown.ShutdownProperties;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.status.ReservationProperties;
import io.kybern.node.volumes.LocalDirectories;
import io.kybern.service.access.CertifiedClients;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the node's HTTPS API. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({NodeApiProperties.class, AccessProperties.class, SystemLogProperties.class})
public class NodeApiConfiguration {

    @Bean(destroyMethod = "shutdownNow")
    ExecutorService nodeApiThreads() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    NodeAccess nodeAccess(
            NodeApiProperties properties, AccessProperties settings, KubernetesClient client, NodeFacts node) {
        return new NodeAccess(
                new CertifiedClients(properties.authorities()),
                new ApiReviews(client, node.name()),
                settings,
                Clock.systemUTC());
    }

    @Bean
    ConfigPage configPage(
            NodeDaemonProperties daemon,
            NodeApiProperties api,
            AccessProperties access,
            SystemLogProperties systemLogs,
            LogLinkProperties links,
            ContainerLogProperties logs,
            ImageProperties images,
            ImageCollectionProperties imageCollection,
            EvictionProperties eviction,
            ReservationProperties reservations,
            ShutdownProperties shutdown) {
        return new ConfigPage(
                daemon,
                api,
                access,
                systemLogs,
                links,
                logs,
                images,
                imageCollection,
                eviction,
                reservations,
                shutdown);
    }

    @Bean
    NodeApi.Pages nodeApiPages(
            PrometheusMeterRegistry metrics,
            ProbeMetrics probes,
            StatsPages stats,
            ConfigPage config,
            Pulse keeper,
            ScheduledExecutorService podTimer) {
        Heartbeat heartbeat = new Heartbeat(Clock.systemUTC());
        podTimer.scheduleWithFixedDelay(
                () -> keeper.afterAllElse(heartbeat::beat), 0, Heartbeat.PERIOD.toSeconds(), TimeUnit.SECONDS);
        return new NodeApi.Pages(
                () -> metrics.scrape() + stats.volumes(), probes::page, config::json, new HealthPage(heartbeat));
    }

    @Bean
    NodeApiServer nodeApiServer(
            NodeApiProperties properties,
            NodeAccess access,
            PodTable pods,
            ContainerRuntime runtime,
            NodeApi.Pages pages,
            StatsPages stats,
            SystemLogProperties systemLogs,
            LocalDirectories localDirectories,
            ExecutorService nodeApiThreads) {
        return new NodeApiServer(
                properties,
                access,
                new NodeApi(
                        pods, runtime, pages, stats, systemLogs, localDirectories, nodeApiThreads, Clock.systemUTC()));
    }
}
