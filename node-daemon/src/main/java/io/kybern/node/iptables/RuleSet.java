package io.kybern.node.iptables;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Chains of one table with their rules: what an owner wants to be there, as a value. A rule is written as {@code iptables-save}
 * has it, without the leading {@code -A <chain>}.
 *
 * @param rulesByChain the rules of each chain, in order; a chain may be empty
 */
public record RuleSet(SortedMap<String, List<String>> rulesByChain) {

    /** No chains. */
    public static final RuleSet EMPTY = new RuleSet(new TreeMap<>());

    public RuleSet {
        SortedMap<String, List<String>> copy = new TreeMap<>();
        rulesByChain.forEach((chain, rules) -> copy.put(chain, List.copyOf(rules)));
        rulesByChain = Collections.unmodifiableSortedMap(copy);
    }

    /** The names of the chains. */
    public Set<String> chains() {
        return rulesByChain.keySet();
    }

    /**
     * What {@code iptables-restore --noflush} must read so that a table which holds {@code before} holds this set instead: changed
     * chains whole, others not at all. Empty if nothing differs.
     *
     * @param table the table, for example {@code nat}
     * @param before what the table holds of these chains now
     */
    public String transition(String table, RuleSet before) {
        Set<String> written = new TreeSet<>();
        for (Map.Entry<String, List<String>> entry : rulesByChain.entrySet()) {
            if (!entry.getValue().equals(before.rulesByChain.get(entry.getKey()))) {
                written.add(entry.getKey());
            }
        }
        Set<String> removed = new TreeSet<>(before.chains());
        removed.removeAll(chains());
        if (written.isEmpty() && removed.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("*").append(table).append('\n');
        // naming a chain empties it, so that a removed one no longer refers to others when they go
        written.forEach(chain -> text.append(':').append(chain).append(" - [0:0]\n"));
        removed.forEach(chain -> text.append(':').append(chain).append(" - [0:0]\n"));
        for (String chain : written) {
            for (String rule : rulesByChain.getOrDefault(chain, List.of())) {
                text.append("-A ").append(chain).append(' ').append(rule).append('\n');
            }
        }
        removed.forEach(chain -> text.append("-X ").append(chain).append('\n'));
        return text.append("COMMIT\n").toString();
    }
}
