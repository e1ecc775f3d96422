package io.kybern.node.proxy;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import io.kybern.node.network.NetworkProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the service proxy: two informers on the API server, one thread on the packet filter. */
@Configuration(proxyBeanMethods = false)
public class ProxyConfiguration {

    @Bean(destroyMethod = "stop")
    SharedIndexInformer<Service> serviceInformer(KubernetesClient client) {
        return client.services().inAnyNamespace().runnableInformer(0);
    }

    @Bean(destroyMethod = "stop")
    SharedIndexInformer<EndpointSlice> endpointSliceInformer(KubernetesClient client) {
        return client.discovery().v1().endpointSlices().inAnyNamespace().runnableInformer(0);
    }

    @Bean
    ServiceProxyLifecycle serviceProxyLifecycle(
            SharedIndexInformer<Service> services,
            SharedIndexInformer<EndpointSlice> slices,
            ProxyEnvironment environment) {
        return new ServiceProxyLifecycle(services, slices, environment);
    }

    @Bean
    ProxyEnvironment proxyEnvironment(
            NetworkProperties network,
            CommandRunner commands,
            Iptables iptables,
            BaseChains base,
            MeterRegistry metrics,
            @Value("${KYBERN_NODE_NAME}") String nodeName) {
        return new ProxyEnvironment(network, commands, iptables, base, metrics, nodeName, Clock.systemUTC());
    }

    @Bean
    HealthIndicator serviceProxyHealthIndicator(ServiceProxyLifecycle proxy) {
        return () -> {
            String failure = proxy.lastFailure();
            return failure == null
                    ? Health.up().build()
                    : Health.down().withDetail("failure", failure).build();
        };
    }
}
