package io.kybern.node.network;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pod network on a Linux bridge: a veth pair for each pod, a route to each other node's range over the segment that joins
 * the nodes, and a black hole for what is left of the cluster's range, so that no stray packet leaves the node.
 */
final class BridgePodNetwork implements PodNetwork {

    private static final Logger log = LoggerFactory.getLogger(BridgePodNetwork.class);

    /** Marks this daemon's routes in the kernel's tables, so that it finds and removes only its own. */
    private static final String ROUTE_PROTOCOL = "77";

    private final NetworkProperties properties;
    private final CommandRunner commands;
    private final HostPortRules hostPorts;
    private final Object configuring = new Object();
    private volatile @Nullable AddressPool pool;
    private volatile List<PeerNode> peers = List.of();

    BridgePodNetwork(NetworkProperties properties, CommandRunner commands, HostPortRules hostPorts) {
        this.properties = properties;
        this.commands = commands;
        this.hostPorts = hostPorts;
    }

    @Override
    public boolean ready() {
        return pool != null;
    }

    @Override
    public void configure(String podCidr, List<PeerNode> newPeers) {
        synchronized (configuring) {
            Cidr range = Cidr.parse(podCidr);
            AddressPool current = pool;
            if (current != null && current.range().equals(range) && peers.equals(newPeers)) {
                return;
            }
            setUpBridge(range);
            setUpRoutes(newPeers);
            if (current == null || !current.range().equals(range)) {
                AddressPool opened = AddressPool.open(properties.directory().resolve("addresses"), range);
                forgetLostPods(opened);
                pool = opened;
            }
            peers = List.copyOf(newPeers);
            log.atInfo()
                    .addKeyValue("podCidr", podCidr)
                    .addKeyValue("peers", newPeers.size())
                    .log("pod network configured");
        }
    }

    private void setUpBridge(Cidr range) {
        String bridge = properties.bridge();
        if (!links().contains(bridge)) {
            commands.run("ip", "link", "add", bridge, "mtu", String.valueOf(properties.mtu()), "type", "bridge");
        }
        String gateway = range.at(1) + "/" + range.prefix();
        if (!addresses(bridge).equals(List.of(gateway))) {
            // a range that changed leaves the old gateway address behind; one that is right stays untouched, because
            // taking it
            // away would end every connection that is masqueraded under it
            commands.run("ip", "-4", "addr", "flush", "dev", bridge);
            batch(List.of("addr add %s dev %s".formatted(gateway, bridge)));
        }
        batch(List.of("link set " + bridge + " up"));
        commands.run(
                "sysctl",
                "-q",
                "-w",
                "net.ipv4.ip_forward=1",
                "net.ipv4.conf.all.route_localnet=1",
                "net.bridge.bridge-nf-call-iptables=1");
    }

    private List<String> addresses(String link) {
        return commands.run("ip", "-4", "-o", "addr", "show", "dev", link)
                .lines()
                .map(line -> line.replaceFirst(".*\\sinet (\\S+).*", "$1"))
                .toList();
    }

    private void setUpRoutes(List<PeerNode> newPeers) {
        Set<String> wanted = newPeers.stream().map(PeerNode::podCidr).collect(Collectors.toCollection(HashSet::new));
        wanted.add(properties.clusterCidr());
        for (String line : commands.run("ip", "-4", "route", "show", "proto", ROUTE_PROTOCOL)
                .lines()
                .toList()) {
            String destination = destination(line);
            if (!wanted.contains(destination)) {
                commands.run("ip", "route", "del", destination, "proto", ROUTE_PROTOCOL);
            }
        }
        batch(newPeers.stream()
                .map(peer ->
                        "route replace %s via %s proto %s".formatted(peer.podCidr(), peer.internalIp(), ROUTE_PROTOCOL))
                .toList());
        batch(List.of("route replace blackhole %s proto %s".formatted(properties.clusterCidr(), ROUTE_PROTOCOL)));
    }

    private static String destination(String route) {
        String[] words = route.strip().split("\\s+");
        return words[0].equals("blackhole") ? words[1] : words[0];
    }

    /** After the node's own restart its links are gone, and with them the pods that had the addresses. */
    private void forgetLostPods(AddressPool opened) {
        Set<String> links = links();
        opened.addressesByUid().keySet().stream()
                .filter(uid -> !links.contains(VethNames.host(uid)))
                .forEach(opened::release);
    }

    private Set<String> links() {
        return commands.run("ip", "-o", "link", "show")
                .lines()
                .map(line -> line.split(":\\s+", 3)[1].replaceFirst("@.*", ""))
                .collect(Collectors.toSet());
    }

    @Override
    public PodAddress attach(PodIdentity pod, long sandboxPid, List<HostPort> ports) {
        AddressPool addresses = pool;
        if (addresses == null) {
            throw PodNetworkException.notReady("the node has no pod range yet");
        }
        boolean fresh = addresses.addressOf(pod.uid()).isEmpty();
        String ip = addresses
                .allocate(pod.uid())
                .orElseThrow(
                        () -> PodNetworkException.exhausted(addresses.range().toString()));
        try {
            join(pod, sandboxPid, ip, addresses.range(), fresh);
            if (!ports.isEmpty()) {
                hostPorts.put(pod.uid(), ip, ports);
            }
            return new PodAddress(ip);
        } catch (CommandFailure e) {
            // nothing half done: the next attempt starts over
            detach(pod, ip);
            throw PodNetworkException.failed(pod, "joining the pod network", e);
        }
    }

    /** @param fresh whether the pod never had an address, and so has no link either: then nobody has to look for one */
    private void join(PodIdentity pod, long sandboxPid, String ip, Cidr range, boolean fresh) {
        String host = VethNames.host(pod.uid());
        if (!fresh) {
            if (joined(sandboxPid, ip)) {
                return;
            }
            deleteLink(host);
        }
        batch(List.of(
                "link add %s mtu %d type veth peer name eth0 address %s netns %d"
                        .formatted(host, properties.mtu(), VethNames.mac(ip), sandboxPid),
                "link set %s master %s up".formatted(host, properties.bridge()),
                // a pod that calls itself through a Service comes back through the port that it left by
                "link set %s type bridge_slave hairpin on".formatted(host)));
        commands.run(List.of("nsenter", "-t", String.valueOf(sandboxPid), "-n", "ip", "-batch", "-"), """
                link set lo up
                addr add %s/%d dev eth0
                link set eth0 up
                route add default via %s
                """.formatted(
                        ip, range.prefix(), range.at(1)));
    }

    /** Whether it was joined to the end: the way out comes last, so what was interrupted before has none. */
    private boolean joined(long sandboxPid, String ip) {
        List<String> routes = commands.run(
                        "nsenter", "-t", String.valueOf(sandboxPid), "-n", "ip", "-4", "route", "show")
                .lines()
                .map(line -> line + " ")
                .toList();
        return routes.stream().anyMatch(line -> line.startsWith("default via "))
                && routes.stream().anyMatch(line -> line.contains(" src " + ip + " "));
    }

    @Override
    public void detach(PodIdentity pod, @Nullable String ip) {
        hostPorts.remove(pod.uid());
        deleteLink(VethNames.host(pod.uid()));
        AddressPool addresses = pool;
        if (addresses != null) {
            addresses.release(pod.uid());
        }
    }

    private void deleteLink(String name) {
        if (links().contains(name)) {
            try {
                commands.run("ip", "link", "del", name);
            } catch (CommandFailure e) {
                if (links().contains(name)) {
                    throw e;
                }
                // it went with its namespace in between
                log.atDebug().addKeyValue("link", name).log("link was already gone");
            }
        }
    }

    @Override
    public Optional<PodAddress> addressOf(PodIdentity pod) {
        AddressPool addresses = pool;
        return addresses == null
                ? Optional.empty()
                : addresses.addressOf(pod.uid()).map(PodAddress::new);
    }

    private void batch(List<String> lines) {
        if (!lines.isEmpty()) {
            commands.run(List.of("ip", "-batch", "-"), String.join("\n", lines) + "\n");
        }
    }
}
