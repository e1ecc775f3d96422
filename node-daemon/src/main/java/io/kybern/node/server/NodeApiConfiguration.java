package io.kybern.node.server;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.node.access.AccessProperties;
import io.kybern.node.access.ApiReviews;
import io.kybern.node.access.NodeAccess;
import io.kybern.node.pods.NodeFacts;
import io.kybern.node.pods.PodTable;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.volumes.LocalDirectories;
import io.kybern.service.access.CertifiedClients;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the node's HTTPS API. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({NodeApiProperties.class, AccessProperties.class})
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
    NodeApiServer nodeApiServer(
            NodeApiProperties properties,
            NodeAccess access,
            PodTable pods,
            ContainerRuntime runtime,
            PrometheusMeterRegistry metrics,
            ProbeMetrics probes,
            StatsPages stats,
            LocalDirectories localDirectories,
            ExecutorService nodeApiThreads) {
        return new NodeApiServer(
                properties,
                access,
                new NodeApi(
                        pods,
                        runtime,
                        () -> metrics.scrape() + stats.volumes(),
                        probes::page,
                        stats,
                        localDirectories,
                        nodeApiThreads,
                        Clock.systemUTC()));
    }
}
