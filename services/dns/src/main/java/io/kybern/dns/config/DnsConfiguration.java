package io.kybern.dns.config;

import io.kybern.api.ObjectKey;
import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.dns.adapter.AddressReconciler;
import io.kybern.dns.adapter.OwnAddress;
import io.kybern.dns.adapter.ResolverFile;
import io.kybern.dns.adapter.UpstreamClient;
import io.kybern.dns.core.ClusterZone;
import io.kybern.dns.core.ServiceCatalog;
import io.kybern.dns.edge.DnsServer;
import io.kybern.dns.edge.QueryHandler;
import io.kybern.events.ObjectChange;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The listener in front of the zone, and the controller that makes the Service lead to it. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
@EnableConfigurationProperties(DnsProperties.class)
public class DnsConfiguration {

    @Bean
    ServiceCatalog serviceCatalog(Informers informers) {
        return new ServiceCatalog(informers.namespaces(), informers.services(), informers.endpointSlices());
    }

    @Bean
    DnsServer dnsServer(ServiceCatalog catalog, DnsProperties properties, MeterRegistry meters) {
        ClusterZone zone = new ClusterZone(properties.domain(), catalog, Clock.systemUTC());
        UpstreamClient upstream =
                new UpstreamClient(ResolverFile.servers(properties.resolverFile()), properties.upstreamTimeout());
        QueryHandler handler = new QueryHandler(zone, upstream, properties.upstreamQuestions(), meters);
        return new DnsServer(new InetSocketAddress(properties.port()), handler);
    }

    @Bean
    Controller addressController(Informers informers, ObjectApis apis, DnsProperties properties) {
        AddressReconciler reconciler =
                new AddressReconciler(OwnAddress.find(), properties.port(), apis.endpointSlices(), apis.endpoints());
        return Controller.builder("dns_address")
                .reconciler(reconciler)
                .reconciling(informers.services(), "Service")
                .watching(informers.endpointSlices(), "EndpointSlice", DnsConfiguration::ownSlice)
                .workers(1)
                .resync(Duration.ofMinutes(1))
                .build();
    }

    private static Collection<ObjectKey> ownSlice(ObjectChange<?> change) {
        return change.key().equals(AddressReconciler.SERVICE) ? List.of(change.key()) : List.of();
    }

    /** Up when the zone can be answered from the caches. */
    @Bean
    HealthIndicator dnsHealthIndicator(ServiceCatalog catalog) {
        return () -> (catalog.hasSynced() ? Health.up() : Health.outOfService()).build();
    }
}
