package io.kybern.controller;

import io.kybern.api.ResourceRegistry;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.ClientProperties;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.controller.leader.LeaderProperties;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.InformerConfiguration;
import io.kybern.events.InformerFactory;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * What a controller service imports: clients of the API server, informers, election, events, and the runtime that runs every
 * {@link Controller} and {@link LeaderTask} among the service's beans. The informer factory comes from the events library, imported here.
 */
@Configuration(proxyBeanMethods = false)
@Import(InformerConfiguration.class)
@EnableConfigurationProperties({ClientProperties.class, LeaderProperties.class})
public class ControllerConfiguration {

    /** The identity of this process among the replicas of its service. */
    private static final String HOST = host();

    @Bean
    ApiClients apiClients(ClientProperties properties, @Value("${spring.application.name}") String service) {
        return ApiClients.fromKubeconfig(properties, service);
    }

    @Bean
    Informers informers(InformerFactory factory, ApiClients clients) {
        return new Informers(factory, clients, ResourceRegistry.builtIn());
    }

    /** Closed by the runtime, which stops leading before anything else ends. */
    @Bean(destroyMethod = "")
    LeaderElector leaderElector(
            ApiClients clients, LeaderProperties properties, @Value("${spring.application.name}") String service) {
        ObjectApis ungated = new ObjectApis(clients, ResourceRegistry.builtIn(), () -> true);
        return new LeaderElector(
                ungated.leases(), service, HOST + "_" + UUID.randomUUID(), properties, Clock.systemUTC());
    }

    @Bean
    ObjectApis objectApis(ApiClients clients, LeaderElector elector) {
        return new ObjectApis(clients, ResourceRegistry.builtIn(), elector::isLeader);
    }

    @Bean
    EventRecorders eventRecorders(ApiClients clients) {
        ObjectApis ungated = new ObjectApis(clients, ResourceRegistry.builtIn(), () -> true);
        return new EventRecorders(ungated.events(), HOST, Clock.systemUTC()).start();
    }

    @Bean
    ControllerRuntime controllerRuntime(
            ObjectProvider<Controller> controllers,
            ObjectProvider<LeaderTask> tasks,
            LeaderElector elector,
            InformerFactory informers,
            MeterRegistry registry) {
        return new ControllerRuntime(
                controllers.orderedStream().toList(), tasks.orderedStream().toList(), elector, informers, registry);
    }

    /** Up when the caches have synced, from Kafka or, while topics are silent, by lists; a replica that does not lead is as healthy as the one that does. */
    @Bean
    HealthIndicator controllersHealthIndicator(
            ControllerRuntime runtime, LeaderElector elector, InformerFactory informers) {
        return () -> {
            boolean synced = runtime.hasSynced();
            List<String> working = runtime.controllers().stream()
                    .filter(Controller::isWorking)
                    .map(Controller::name)
                    .toList();
            return (synced ? Health.up() : Health.outOfService())
                    .withDetail("synced", synced)
                    .withDetail("silentTopics", informers.silentTopics())
                    .withDetail("leader", elector.isLeader())
                    .withDetail("working", working)
                    .build();
        };
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
