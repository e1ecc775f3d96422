package io.kybern.node.proxy;

import java.util.List;
import java.util.Locale;

/**
 * One port of one Service, with where it leads: all that the rules need to know.
 *
 * @param namespace the Service's namespace
 * @param name the Service's name
 * @param portName the port's name; empty if the Service has one port without a name
 * @param protocol {@code TCP}, {@code UDP} or {@code SCTP}
 * @param clusterIp the Service's address
 * @param port the port at that address
 * @param nodePort the port at every node; 0 if there is none
 * @param externalIps addresses from outside that lead here too
 * @param traffic the Service's traffic policies
 * @param affinitySeconds how long a client stays with its endpoint; 0 for no affinity
 * @param endpoints the endpoints that may be used, sorted
 */
record ServicePort(
        String namespace,
        String name,
        String portName,
        String protocol,
        String clusterIp,
        int port,
        int nodePort,
        List<String> externalIps,
        Traffic traffic,
        int affinitySeconds,
        List<Endpoint> endpoints) {

    /** Whether traffic from within, and from outside, only goes to endpoints of the node that it reaches. */
    record Traffic(boolean internalLocal, boolean externalLocal) {}

    /** One endpoint: its address, its port, and whether it is on this node. */
    record Endpoint(String ip, int port, boolean local) implements Comparable<Endpoint> {

        @Override
        public int compareTo(Endpoint other) {
            int byIp = ip.compareTo(other.ip);
            return byIp != 0 ? byIp : Integer.compare(port, other.port);
        }
    }

    ServicePort {
        externalIps = List.copyOf(externalIps);
        endpoints = List.copyOf(endpoints);
    }

    /** How the port is named in comments: {@code ns/name} or {@code ns/name:port}. */
    String display() {
        String service = namespace + "/" + name;
        return portName.isEmpty() ? service : service + ":" + portName;
    }

    /** The protocol as the packet filter writes it. */
    String filterProtocol() {
        return protocol.toLowerCase(Locale.ROOT);
    }

    List<Endpoint> localEndpoints() {
        return endpoints.stream().filter(Endpoint::local).toList();
    }
}
