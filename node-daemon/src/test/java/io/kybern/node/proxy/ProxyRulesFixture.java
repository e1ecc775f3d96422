package io.kybern.node.proxy;

import io.kybern.node.iptables.Iptables;
import java.util.List;

/** Rules of one small Service, for tests of other packages. */
public final class ProxyRulesFixture {

    private static final ProxyPlanner PLANNER = new ProxyPlanner("10.244.0.0/16");

    private ProxyRulesFixture() {}

    /** What installs a Service with one endpoint. */
    public static String service(String clusterIp, int port, int nodePort, String endpointIp, int endpointPort) {
        return rules(clusterIp, port, nodePort, List.of(new ServicePort.Endpoint(endpointIp, endpointPort, true)))
                .transition(ProxyRules.EMPTY);
    }

    /** What takes the endpoint away from that Service. */
    public static String withoutEndpoints(
            String clusterIp, int port, int nodePort, String endpointIp, int endpointPort) {
        return rules(clusterIp, port, nodePort, List.of())
                .transition(rules(
                        clusterIp, port, nodePort, List.of(new ServicePort.Endpoint(endpointIp, endpointPort, true))));
    }

    /** Leads packets to the rules. */
    public static void jumps(Iptables iptables) {
        ServiceProxy.ensureJumps(iptables);
    }

    private static ProxyRules rules(String clusterIp, int port, int nodePort, List<ServicePort.Endpoint> endpoints) {
        return PLANNER.plan(List.of(new ServicePort(
                "default",
                "web",
                "",
                "TCP",
                clusterIp,
                port,
                nodePort,
                List.of(),
                new ServicePort.Traffic(false, false),
                0,
                endpoints)));
    }
}
