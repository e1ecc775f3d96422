package io.kybern.node.iptables;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The chains that pod network and service proxy share, under the names that Kubernetes users look for: marking packets whose
 * source must become the node's, doing so, and dropping what must not leave or enter.
 */
public final class BaseChains {

    /** Marks a packet so that its source becomes the node's address when it leaves. */
    public static final String MARK_MASQUERADE = "KUBE-MARK-MASQ";

    private static final String MASQUERADE_BIT = "0x4000/0x4000";
    private static final String POSTROUTING = "KUBE-POSTROUTING";
    private static final String FIREWALL = "KUBE-FIREWALL";

    private final Iptables iptables;
    private final String clusterCidr;
    private final String serviceCidr;

    /**
     * @param clusterCidr the range of all pods
     * @param serviceCidr the range of all cluster IPs
     */
    public BaseChains(Iptables iptables, String clusterCidr, String serviceCidr) {
        this.iptables = iptables;
        this.clusterCidr = clusterCidr;
        this.serviceCidr = serviceCidr;
    }

    /** Puts the chains in place, and the jumps that lead to them; may be repeated. */
    public void ensure() {
        iptables.restore(nat().transition("nat", RuleSet.EMPTY));
        iptables.restore(filter().transition("filter", RuleSet.EMPTY));
        iptables.ensureFirst(
                "nat", "POSTROUTING", "-m", "comment", "--comment", "kubernetes postrouting rules", "-j", POSTROUTING);
        iptables.ensureLast("filter", "INPUT", "-j", FIREWALL);
        iptables.ensureLast("filter", "OUTPUT", "-j", FIREWALL);
        iptables.ensureLast("filter", "FORWARD", "-j", FIREWALL);
    }

    private RuleSet nat() {
        SortedMap<String, List<String>> chains = new TreeMap<>();
        chains.put(MARK_MASQUERADE, List.of("-j MARK --set-xmark " + MASQUERADE_BIT));
        chains.put(
                POSTROUTING,
                List.of(
                        "-m mark --mark " + MASQUERADE_BIT + " -j MASQUERADE --random-fully",
                        "-s %s ! -d %s -m comment --comment \"pods leave the cluster under the node's address\" -j MASQUERADE --random-fully"
                                .formatted(clusterCidr, clusterCidr)));
        return new RuleSet(chains);
    }

    private RuleSet filter() {
        SortedMap<String, List<String>> chains = new TreeMap<>();
        chains.put(
                FIREWALL,
                List.of(
                        "! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"block incoming localnet connections\""
                                + " -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
                        "-d %s -m comment --comment \"no Service has this address\" -j REJECT --reject-with icmp-port-unreachable"
                                .formatted(serviceCidr)));
        return new RuleSet(chains);
    }
}
