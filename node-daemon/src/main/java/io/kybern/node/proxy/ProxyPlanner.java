package io.kybern.node.proxy;

import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.RuleSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Says what the packet filter must hold so that Services work on this node, as "Virtual IPs and Service Proxies" in the
 * Kubernetes documentation describes. A pure function: same Services, same rules, in the same order.
 */
final class ProxyPlanner {

    private final String clusterCidr;

    /** @param clusterCidr the range of all pods: other sources reach endpoints under the node's address */
    ProxyPlanner(String clusterCidr) {
        this.clusterCidr = clusterCidr;
    }

    /** The rules for those ports. */
    ProxyRules plan(List<ServicePort> ports) {
        Plan plan = new Plan();
        ports.forEach(plan::add);
        return plan.finish();
    }

    /** The rules as they grow, chain by chain. */
    private final class Plan {

        private final SortedMap<String, List<String>> nat = new TreeMap<>();
        private final List<String> services = new ArrayList<>();
        private final List<String> nodePorts = new ArrayList<>();
        private final List<String> refusedInside = new ArrayList<>();
        private final List<String> refusedOutside = new ArrayList<>();

        void add(ServicePort port) {
            List<ServicePort.Endpoint> inside =
                    port.traffic().internalLocal() ? port.localEndpoints() : port.endpoints();
            boolean external = port.nodePort() > 0 || !port.externalIps().isEmpty();
            List<ServicePort.Endpoint> outside =
                    port.traffic().externalLocal() ? port.localEndpoints() : port.endpoints();

            String match = destination(port.clusterIp(), port);
            if (inside.isEmpty()) {
                refusedInside.add(refuse(match, port));
            } else {
                String chain = port.traffic().internalLocal() ? localChain(port) : allChain(port);
                services.add("%s -m comment --comment \"%s cluster IP\" -j %s".formatted(match, port.display(), chain));
            }
            if (external) {
                addExternal(port, outside);
            }
        }

        private void addExternal(ServicePort port, List<ServicePort.Endpoint> outside) {
            String nodePortMatch = "%s --dport %d".formatted(protocolMatch(port), port.nodePort());
            if (outside.isEmpty()) {
                if (port.nodePort() > 0) {
                    refusedOutside.add(refuse("-m addrtype --dst-type LOCAL " + nodePortMatch, port));
                }
                port.externalIps().forEach(ip -> refusedOutside.add(refuse(destination(ip, port), port)));
                return;
            }
            String chain = externalChain(port);
            if (port.nodePort() > 0) {
                nodePorts.add("%s -m comment --comment \"%s\" -j %s".formatted(nodePortMatch, port.display(), chain));
            }
            for (String ip : port.externalIps()) {
                services.add("%s -m comment --comment \"%s external IP\" -j %s"
                        .formatted(destination(ip, port), port.display(), chain));
            }
        }

        /** The chain that leads to any endpoint; what comes to it under a cluster IP from no pod needs the node's address. */
        private String allChain(ServicePort port) {
            return choice(ChainNames.service(port), port, port.endpoints());
        }

        private String localChain(ServicePort port) {
            return choice(ChainNames.serviceLocal(port), port, port.localEndpoints());
        }

        private String choice(String chain, ServicePort port, List<ServicePort.Endpoint> endpoints) {
            if (nat.containsKey(chain)) {
                return chain;
            }
            List<String> rules = new ArrayList<>();
            nat.put(chain, rules);
            rules.add("! -s %s %s -m comment --comment \"%s cluster IP\" -j %s"
                    .formatted(
                            clusterCidr,
                            destination(port.clusterIp(), port),
                            port.display(),
                            BaseChains.MARK_MASQUERADE));
            List<String> targets = endpoints.stream()
                    .map(endpoint -> endpointChain(port, endpoint))
                    .toList();
            if (port.affinitySeconds() > 0) {
                for (String target : targets) {
                    rules.add("-m comment --comment \"%s\" -m recent --name %s --rcheck --seconds %d --reap -j %s"
                            .formatted(port.display(), target, port.affinitySeconds(), target));
                }
            }
            for (int i = 0; i < targets.size(); i++) {
                int left = targets.size() - i;
                String share = left == 1
                        ? ""
                        : " -m statistic --mode random --probability %s"
                                .formatted(String.format(Locale.ROOT, "%.10f", 1.0 / left));
                rules.add("-m comment --comment \"%s\"%s -j %s".formatted(port.display(), share, targets.get(i)));
            }
            return chain;
        }

        private String endpointChain(ServicePort port, ServicePort.Endpoint endpoint) {
            String chain = ChainNames.endpoint(port, endpoint);
            if (!nat.containsKey(chain)) {
                String affinity = port.affinitySeconds() > 0 ? " -m recent --name %s --set".formatted(chain) : "";
                nat.put(
                        chain,
                        List.of(
                                // a pod that reaches itself must be answered by the node, or it drops the answer
                                "-s %s/32 -m comment --comment \"%s\" -j %s"
                                        .formatted(endpoint.ip(), port.display(), BaseChains.MARK_MASQUERADE),
                                "-p %s -m comment --comment \"%s\"%s -m %s -j DNAT --to-destination %s:%d"
                                        .formatted(
                                                port.filterProtocol(),
                                                port.display(),
                                                affinity,
                                                port.filterProtocol(),
                                                endpoint.ip(),
                                                endpoint.port())));
            }
            return chain;
        }

        private String externalChain(ServicePort port) {
            String chain = ChainNames.external(port);
            List<String> rules = new ArrayList<>();
            if (port.traffic().externalLocal()) {
                String all = allChain(port);
                rules.add("-s %s -m comment --comment \"pod traffic for %s external destinations\" -j %s"
                        .formatted(clusterCidr, port.display(), all));
                rules.add(
                        "-m comment --comment \"masquerade LOCAL traffic for %s external destinations\" -m addrtype --src-type LOCAL -j %s"
                                .formatted(port.display(), BaseChains.MARK_MASQUERADE));
                rules.add(
                        "-m comment --comment \"route LOCAL traffic for %s external destinations\" -m addrtype --src-type LOCAL -j %s"
                                .formatted(port.display(), all));
                rules.add("-j " + localChain(port));
            } else {
                rules.add("-m comment --comment \"masquerade traffic for %s external destinations\" -j %s"
                        .formatted(port.display(), BaseChains.MARK_MASQUERADE));
                rules.add("-j " + allChain(port));
            }
            nat.put(chain, rules);
            return chain;
        }

        ProxyRules finish() {
            services.add(
                    "-m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\""
                            + " -m addrtype --dst-type LOCAL -j " + ChainNames.NODE_PORTS);
            nat.put(ChainNames.SERVICES, services);
            nat.put(ChainNames.NODE_PORTS, nodePorts);
            SortedMap<String, List<String>> filter = new TreeMap<>();
            filter.put(ChainNames.SERVICES, refusedInside);
            filter.put(ChainNames.EXTERNAL_SERVICES, refusedOutside);
            return new ProxyRules(new RuleSet(nat), new RuleSet(filter));
        }
    }

    private static String protocolMatch(ServicePort port) {
        return "-p %s -m %s".formatted(port.filterProtocol(), port.filterProtocol());
    }

    private static String destination(String ip, ServicePort port) {
        return "-d %s/32 %s --dport %d".formatted(ip, protocolMatch(port), port.port());
    }

    private static String refuse(String match, ServicePort port) {
        return "%s -m comment --comment \"%s has no endpoints\" -j REJECT --reject-with icmp-port-unreachable"
                .formatted(match, port.display());
    }
}
