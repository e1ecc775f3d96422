package io.kybern.node.proxy;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.iptables.Iptables;
import io.kybern.node.iptables.RuleSet;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Keeps the packet filter in step with Services and EndpointSlices: the whole rule set is computed as a value, compared with what was
 * applied last, and the difference applied in one transaction for each table. Owned by one thread; see {@link ProxyLoop}.
 */
final class ServiceProxy {

    private final Supplier<Collection<Service>> services;
    private final Supplier<Collection<EndpointSlice>> slices;
    private final String nodeName;
    private final ProxyPlanner planner;
    private final Iptables iptables;
    private final UdpFlows flows;
    private final HalfOpenConnections halfOpen;
    private List<ServicePort> appliedPorts = List.of();
    private ProxyRules applied = ProxyRules.EMPTY;
    private boolean appliedIsKnown;

    ServiceProxy(Sources sources, String nodeName, ProxyPlanner planner, Iptables iptables, CommandRunner commands) {
        this.services = sources.services();
        this.slices = sources.slices();
        this.nodeName = nodeName;
        this.planner = planner;
        this.iptables = iptables;
        this.flows = new UdpFlows(commands);
        this.halfOpen = new HalfOpenConnections(commands);
    }

    /** Where the proxy reads the cluster's state from. */
    record Sources(Supplier<Collection<Service>> services, Supplier<Collection<EndpointSlice>> slices) {}

    /**
     * Brings the packet filter up to date.
     *
     * @return whether anything had to change
     * @throws io.kybern.node.command.CommandFailure if the filter refused; the next pass then writes everything again
     */
    boolean sync() {
        List<ServicePort> ports = ServicePorts.join(services.get(), slices.get(), nodeName);
        ProxyRules wanted = planner.plan(ports);
        ProxyRules present = appliedIsKnown ? applied : leftovers();
        String change = wanted.transition(present);
        boolean whole = !appliedIsKnown;
        appliedIsKnown = false;
        iptables.restore(change);
        if (whole) {
            ensureJumps(iptables);
        }
        applied = wanted;
        appliedIsKnown = true;
        flows.clean(appliedPorts, ports);
        halfOpen.clean(appliedPorts, ports);
        appliedPorts = ports;
        return !change.isEmpty();
    }

    /** Makes the next pass look at the packet filter itself and write every chain again. */
    void distrust() {
        appliedIsKnown = false;
    }

    int servedPorts() {
        return appliedPorts.size();
    }

    /**
     * The chains of an earlier life of the proxy, as if each held a rule that nobody wants: so all that are still wanted are written
     * again, and the others go.
     */
    private ProxyRules leftovers() {
        return new ProxyRules(unknown("nat"), unknown("filter"));
    }

    private RuleSet unknown(String table) {
        SortedMap<String, List<String>> chains = new TreeMap<>();
        iptables.skeleton(table, ChainNames::isOwned).chains().forEach(chain -> chains.put(chain, List.of("unknown")));
        return new RuleSet(chains);
    }

    static void ensureJumps(Iptables iptables) {
        for (String chain : List.of("PREROUTING", "OUTPUT")) {
            iptables.ensureFirst(
                    "nat",
                    chain,
                    "-m",
                    "comment",
                    "--comment",
                    "kubernetes service portals",
                    "-j",
                    ChainNames.SERVICES);
        }
        for (String chain : List.of("FORWARD", "OUTPUT")) {
            iptables.ensureFirst("filter", chain, "-m", "conntrack", "--ctstate", "NEW", "-j", ChainNames.SERVICES);
        }
        for (String chain : List.of("INPUT", "FORWARD")) {
            iptables.ensureFirst(
                    "filter", chain, "-m", "conntrack", "--ctstate", "NEW", "-j", ChainNames.EXTERNAL_SERVICES);
        }
    }
}
