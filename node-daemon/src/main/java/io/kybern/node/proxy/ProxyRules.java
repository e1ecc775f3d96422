package io.kybern.node.proxy;

import io.kybern.node.iptables.RuleSet;

/**
 * The proxy's chains in both tables.
 *
 * @param nat where connections are led to their endpoints
 * @param filter where connections to Services without endpoints are refused
 */
record ProxyRules(RuleSet nat, RuleSet filter) {

    static final ProxyRules EMPTY = new ProxyRules(RuleSet.EMPTY, RuleSet.EMPTY);

    /** What must be given to {@code iptables-restore} to get from those rules to these; empty if nothing differs. */
    String transition(ProxyRules before) {
        return nat.transition("nat", before.nat) + filter.transition("filter", before.filter);
    }
}
