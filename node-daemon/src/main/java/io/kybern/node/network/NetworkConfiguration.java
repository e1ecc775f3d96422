package io.kybern.node.network;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.command.ProcessCommandRunner;
import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the pod network. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NetworkProperties.class)
public class NetworkConfiguration {

    /** No command of the network takes seconds; one that hangs must not hold a pod for long. */
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(15);

    @Bean(destroyMethod = "close")
    ExecutorService commandReaders() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Bean
    CommandRunner commandRunner(ExecutorService commandReaders) {
        return new ProcessCommandRunner(COMMAND_LIMIT, commandReaders);
    }

    @Bean
    Iptables iptables(CommandRunner commands) {
        return new Iptables(commands);
    }

    @Bean
    BaseChains baseChains(Iptables iptables, NetworkProperties properties) {
        return new BaseChains(iptables, properties.clusterCidr(), properties.serviceCidr());
    }

    @Bean
    HostPortRules hostPortRules(Iptables iptables) {
        return new HostPortRules(iptables);
    }

    @Bean
    PodNetwork podNetwork(NetworkProperties properties, CommandRunner commands, HostPortRules hostPorts) {
        return new BridgePodNetwork(properties, commands, hostPorts);
    }

    @Bean(destroyMethod = "stop")
    SharedIndexInformer<Node> nodeInformer(KubernetesClient client) {
        return client.nodes().runnableInformer(0);
    }

    @Bean
    NodeRoutes nodeRoutes(
            SharedIndexInformer<Node> nodes,
            PodNetwork network,
            HostPortRules hostPorts,
            BaseChains base,
            @Value("${KYBERN_NODE_NAME}") String nodeName) {
        return new NodeRoutes(nodes, network, hostPorts, base, nodeName);
    }

    @Bean
    HealthIndicator podNetworkHealthIndicator(PodNetwork network) {
        return () -> network.ready()
                ? Health.up().build()
                : Health.down()
                        .withDetail("failure", "the node has no pod range yet")
                        .build();
    }
}
