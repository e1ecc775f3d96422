package io.kybern.node.network;

import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import io.kybern.node.iptables.RuleSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Leads ports of the node to pods: a chain for each pod, found again by the pod's uid, so that a restarted daemon needs no table
 * of its own.
 */
final class HostPortRules {

    private static final String JUMPS = "KUBE-HOSTPORTS";

    private final Iptables iptables;

    HostPortRules(Iptables iptables) {
        this.iptables = iptables;
    }

    /** Puts the chain of all host ports in place; may be repeated, and keeps what the chain holds. */
    synchronized void ensure() {
        if (!iptables.chains("nat").contains(JUMPS)) {
            SortedMap<String, List<String>> empty = new TreeMap<>();
            empty.put(JUMPS, List.of());
            iptables.restore(new RuleSet(empty).transition("nat", RuleSet.EMPTY));
        }
        for (String chain : List.of("PREROUTING", "OUTPUT")) {
            iptables.ensureFirst("nat", chain, "-m", "addrtype", "--dst-type", "LOCAL", "-j", JUMPS);
        }
    }

    /** Leads the ports to the pod's address, in place of what was there for the pod. */
    synchronized void put(String uid, String ip, List<HostPort> ports) {
        remove(uid);
        String chain = chain(uid);
        StringBuilder text = new StringBuilder("*nat\n:").append(chain).append(" - [0:0]\n");
        for (HostPort port : ports) {
            for (String rule : rules(ip, port)) {
                text.append("-A ").append(chain).append(' ').append(rule).append('\n');
            }
        }
        iptables.restore(text.append("-A ")
                .append(JUMPS)
                .append(" -j ")
                .append(chain)
                .append("\nCOMMIT\n")
                .toString());
    }

    private static List<String> rules(String ip, HostPort port) {
        String protocol = port.protocol().toLowerCase(Locale.ROOT);
        String address =
                port.hostIp().isEmpty() || port.hostIp().equals("0.0.0.0") ? "" : "-d " + port.hostIp() + "/32 ";
        String match = "%s-p %s -m %s --dport %d".formatted(address, protocol, protocol, port.hostPort());
        List<String> rules = new ArrayList<>();
        // the pod itself and the node's loopback cannot be answered under their own addresses
        rules.add("-s %s/32 %s -j %s".formatted(ip, match, BaseChains.MARK_MASQUERADE));
        rules.add("-s 127.0.0.1/32 %s -j %s".formatted(match, BaseChains.MARK_MASQUERADE));
        rules.add("%s -j DNAT --to-destination %s:%d".formatted(match, ip, port.containerPort()));
        return rules;
    }

    /** Takes the pod's ports back; nothing happens if it has none. */
    synchronized void remove(String uid) {
        String chain = chain(uid);
        String jump = "-A " + JUMPS + " -j " + chain;
        if (iptables.rules("nat", JUMPS).contains(jump)) {
            iptables.restore("*nat\n:%s - [0:0]\n-D %s -j %s\n-X %s\nCOMMIT\n".formatted(chain, JUMPS, chain, chain));
        }
    }

    private static String chain(String uid) {
        return "KUBE-HP-" + VethNames.host(uid).substring("veth".length()).toUpperCase(Locale.ROOT);
    }
}
