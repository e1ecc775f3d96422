package io.kybern.node.network;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeRoutesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** One that is never configured. */
    private static final class NoNetwork implements PodNetwork {

        @Override
        public PodAddress attach(PodIdentity pod, long sandboxPid, List<HostPort> hostPorts) {
            throw PodNetworkException.notReady("never");
        }

        @Override
        public void detach(PodIdentity pod, @Nullable String ip) {}

        @Override
        public Optional<PodAddress> addressOf(PodIdentity pod) {
            return Optional.empty();
        }

        @Override
        public boolean ready() {
            return false;
        }

        @Override
        public void configure(String podCidr, List<PeerNode> peers) {
            throw new IllegalStateException("no node is known");
        }
    }

    @Test
    void theChainsStandWithoutAnApiServer() {
        List<String> texts = new CopyOnWriteArrayList<>();
        CommandRunner commands = (command, input) -> {
            texts.add(input);
            return "";
        };
        Iptables iptables = new Iptables(commands);
        // nothing listens at port 1
        Config nobody = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:1")
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(nobody).build()) {
            NodeRoutes routes = new NodeRoutes(
                    client.nodes().runnableInformer(0),
                    new NoNetwork(),
                    new HostPortRules(iptables),
                    new BaseChains(iptables, "10.244.0.0/16", "10.96.0.0/16"),
                    "node-1");
            routes.start();
            try {
                for (String chain : List.of("KUBE-FIREWALL", "KUBE-POSTROUTING", "KUBE-HOSTPORTS")) {
                    await(chain).atMost(PATIENCE).until(() -> texts.stream().anyMatch(text -> text.contains(chain)));
                }
            } finally {
                routes.stop();
            }
        }
    }
}
