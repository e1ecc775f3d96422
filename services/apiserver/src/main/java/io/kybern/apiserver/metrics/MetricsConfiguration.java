package io.kybern.apiserver.metrics;

import io.kybern.apiserver.proxy.NodePages;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the resource-metrics API. */
@Configuration(proxyBeanMethods = false)
public class MetricsConfiguration {

    @Bean
    MetricsApi metricsApi(WatchCache cache, NodePages pages, Clock clock) {
        return new MetricsApi(cache, pages, clock);
    }
}
