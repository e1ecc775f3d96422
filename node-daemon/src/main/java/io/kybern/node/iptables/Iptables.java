package io.kybern.node.iptables;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The machine's packet filter. Every change waits for the kernel's lock, so that other programs may change it too. */
public final class Iptables {

    private static final String LOCK_WAIT_SECONDS = "5";

    private final CommandRunner commands;

    /** @param commands runs {@code iptables}, {@code iptables-save} and {@code iptables-restore} */
    public Iptables(CommandRunner commands) {
        this.commands = commands;
    }

    /**
     * Applies a text of {@code iptables-restore} in one transaction for each table: all of it or nothing.
     *
     * @param text may be empty: then nothing happens
     */
    public void restore(String text) {
        if (!text.isEmpty()) {
            commands.run(List.of("iptables-restore", "--noflush", "-w", LOCK_WAIT_SECONDS), text);
        }
    }

    /** The names of a table's chains. */
    public Set<String> chains(String table) {
        return commands.run("iptables-save", "-t", table)
                .lines()
                .filter(line -> line.startsWith(":"))
                .map(line -> line.substring(1, line.indexOf(' ')))
                .collect(Collectors.toSet());
    }

    /** The chains of a table whose names an owner knows as its own, each with no rules: enough to replace or remove them. */
    public RuleSet skeleton(String table, Predicate<String> owned) {
        SortedMap<String, List<String>> chains = new TreeMap<>();
        chains(table).stream().filter(owned).forEach(chain -> chains.put(chain, List.of()));
        return new RuleSet(chains);
    }

    /** The rules of a chain as {@code iptables -S} writes them; none if there is no such chain. */
    public List<String> rules(String table, String chain) {
        try {
            return commands.run("iptables", "-w", LOCK_WAIT_SECONDS, "-t", table, "-S", chain)
                    .lines()
                    .filter(line -> line.startsWith("-A "))
                    .toList();
        } catch (CommandFailure e) {
            if (e.exitCode() == 1) {
                return List.of();
            }
            throw e;
        }
    }

    /**
     * Puts a rule at the head of a built-in chain unless it is there.
     *
     * @param rule the rule's arguments, for example {@code -j KUBE-SERVICES}
     */
    public void ensureFirst(String table, String chain, String... rule) {
        ensure("-I", table, chain, rule);
    }

    /** Puts a rule at the end of a built-in chain unless it is there. */
    public void ensureLast(String table, String chain, String... rule) {
        ensure("-A", table, chain, rule);
    }

    private void ensure(String how, String table, String chain, String... rule) {
        try {
            commands.run(command("-C", table, chain, rule), "");
        } catch (CommandFailure e) {
            if (e.exitCode() != 1) {
                throw e;
            }
            commands.run(command(how, table, chain, rule), "");
        }
    }

    private static List<String> command(String how, String table, String chain, String... rule) {
        List<String> command = new ArrayList<>(List.of("iptables", "-w", LOCK_WAIT_SECONDS, "-t", table, how, chain));
        command.addAll(List.of(rule));
        return command;
    }
}
