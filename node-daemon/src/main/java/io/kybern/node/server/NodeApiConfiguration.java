package io.kybern.node.server;

import io.kybern.node.pods.PodTable;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.volumes.LocalDirectories;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the node's HTTPS API. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NodeApiProperties.class)
public class NodeApiConfiguration {

    @Bean(destroyMethod = "shutdownNow")
    ExecutorService nodeApiThreads() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    NodeApiServer nodeApiServer(
            NodeApiProperties properties,
            PodTable pods,
            ContainerRuntime runtime,
            PrometheusMeterRegistry metrics,
            ProbeMetrics probes,
            StatsPages stats,
            LocalDirectories localDirectories,
            ExecutorService nodeApiThreads) {
        return new NodeApiServer(
                properties,
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
