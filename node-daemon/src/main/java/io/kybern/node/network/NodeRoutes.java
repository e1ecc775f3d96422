package io.kybern.node.network;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kybern.node.iptables.BaseChains;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Follows the cluster's nodes and configures the pod network with this node's range and the routes to the others. One thread does
 * all of it; a change that comes while it works is looked at afterwards, and failures are tried again.
 */
final class NodeRoutes implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(NodeRoutes.class);
    private static final long RETRY_SECONDS = 2;
    private static final long LIST_MILLIS = 100;

    private final SharedIndexInformer<Node> nodes;
    private final PodNetwork network;
    private final HostPortRules hostPorts;
    private final BaseChains base;
    private final String nodeName;
    private final AtomicBoolean pending = new AtomicBoolean();
    private final ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("node-routes").daemon().factory());
    private volatile boolean running;
    private boolean chainsStand;

    NodeRoutes(
            SharedIndexInformer<Node> nodes,
            PodNetwork network,
            HostPortRules hostPorts,
            BaseChains base,
            String nodeName) {
        this.nodes = nodes;
        this.network = network;
        this.hostPorts = hostPorts;
        this.base = base;
        this.nodeName = nodeName;
    }

    @Override
    public void start() {
        nodes.exceptionHandler((started, failure) -> true);
        nodes.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Node added) {
                changed();
            }

            @Override
            public void onUpdate(Node before, Node after) {
                if (!route(before).equals(route(after))
                        || after.getMetadata().getName().equals(nodeName)) {
                    changed();
                }
            }

            @Override
            public void onDelete(Node deleted, boolean finalStateUnknown) {
                changed();
            }
        });
        nodes.start();
        running = true;
        // the chains are wanted without an API server, too
        changed();
    }

    private void changed() {
        if (pending.compareAndSet(false, true)) {
            worker.execute(this::configure);
        }
    }

    private void configure() {
        pending.set(false);
        try {
            if (!chainsStand) {
                base.ensure();
                hostPorts.ensure();
                chainsStand = true;
            }
            if (!nodes.hasSynced()) {
                // the routes to nodes that are not listed yet stand, after a restart, and are in use
                retry(LIST_MILLIS);
                return;
            }
            Optional.ofNullable(nodes.getIndexer().getByKey(nodeName))
                    .map(node -> node.getSpec().getPodCIDR())
                    .filter(range -> !range.isEmpty())
                    .ifPresent(range -> network.configure(range, peers()));
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("the pod network could not be configured, will try again");
            retry(TimeUnit.SECONDS.toMillis(RETRY_SECONDS));
        }
    }

    private void retry(long millis) {
        if (pending.compareAndSet(false, true)) {
            worker.schedule(this::configure, millis, TimeUnit.MILLISECONDS);
        }
    }

    private List<PeerNode> peers() {
        List<PeerNode> peers = new ArrayList<>();
        for (Node node : nodes.getIndexer().list()) {
            if (!node.getMetadata().getName().equals(nodeName)) {
                route(node).ifPresent(peers::add);
            }
        }
        peers.sort(Comparator.comparing(PeerNode::name));
        return peers;
    }

    private static Optional<PeerNode> route(Node node) {
        String range = node.getSpec() == null ? null : node.getSpec().getPodCIDR();
        if (range == null || range.isEmpty() || node.getStatus() == null) {
            return Optional.empty();
        }
        return node.getStatus().getAddresses().stream()
                .filter(address -> "InternalIP".equals(address.getType()))
                .map(NodeAddress::getAddress)
                .findFirst()
                .map(ip -> new PeerNode(node.getMetadata().getName(), ip, range));
    }

    @Override
    public void stop() {
        running = false;
        worker.shutdownNow();
        nodes.stop();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
