package io.kybern.node.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleSetTest {

    @Test
    void onlyChangedChainsAreWrittenAndVanishedOnesRemovedInOneTransaction() {
        RuleSet before = set(Map.of("A", List.of("-j B"), "B", List.of("-j ACCEPT"), "C", List.of()));
        RuleSet after = set(Map.of("A", List.of("-j D"), "C", List.of(), "D", List.of("-j DROP")));

        assertThat(after.transition("nat", before)).isEqualTo("""
                        *nat
                        :A - [0:0]
                        :D - [0:0]
                        :B - [0:0]
                        -A A -j D
                        -A D -j DROP
                        -X B
                        COMMIT
                        """);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void applyingTheTransitionLeadsFromAnySetToAnyOther(long seed) {
        Random random = new Random(seed);
        RuleSet before = random(random);
        RuleSet after = random(random);

        assertThat(apply(before, after.transition("filter", before)))
                .as("seed %d", seed)
                .isEqualTo(after.rulesByChain());
    }

    /** What iptables-restore --noflush does with the text. */
    private static Map<String, List<String>> apply(RuleSet before, String text) {
        Map<String, List<String>> chains = new HashMap<>(before.rulesByChain());
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", 3);
            if (line.startsWith(":")) {
                chains.put(words[0].substring(1), List.of());
            } else if (line.startsWith("-A ")) {
                chains.merge(words[1], List.of(words[2]), (old, added) -> {
                    var rules = new java.util.ArrayList<>(old);
                    rules.addAll(added);
                    return rules;
                });
            } else if (line.startsWith("-X ")) {
                assertThat(chains.remove(words[1])).isEmpty();
            }
        }
        return chains;
    }

    private static RuleSet random(Random random) {
        SortedMap<String, List<String>> chains = new TreeMap<>();
        for (int i = 0; i < 6; i++) {
            if (random.nextBoolean()) {
                chains.put(
                        "C" + i,
                        random.ints(random.nextInt(3), 0, 3)
                                .mapToObj(rule -> "-j R" + rule)
                                .toList());
            }
        }
        return new RuleSet(chains);
    }

    private static RuleSet set(Map<String, List<String>> chains) {
        return new RuleSet(new TreeMap<>(chains));
    }
}
