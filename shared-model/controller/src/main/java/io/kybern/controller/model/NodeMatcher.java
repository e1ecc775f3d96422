package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes a pod wants: its {@code nodeSelector} and its node affinity, made ready for many nodes.
 *
 * <p>Follows the Kubernetes page "Assigning Pods to Nodes": the terms of a required affinity are alternatives, the
 * expressions of one term must all hold, a term without expressions matches no node.
 */
public final class NodeMatcher {

    private final Map<String, String> nodeSelector;
    private final @Nullable List<Term> required;
    private final List<Preference> preferred;

    private NodeMatcher(Map<String, String> nodeSelector, @Nullable List<Term> required, List<Preference> preferred) {
        this.nodeSelector = nodeSelector;
        this.required = required;
        this.preferred = preferred;
    }

    /** Compiles what a pod's specification says about nodes. */
    public static NodeMatcher of(PodSpec spec) {
        Map<String, String> selector = spec.getNodeSelector() == null ? Map.of() : Map.copyOf(spec.getNodeSelector());
        Affinity affinity = spec.getAffinity();
        if (affinity == null || affinity.getNodeAffinity() == null) {
            return new NodeMatcher(selector, null, List.of());
        }
        NodeSelector must = affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
        List<Term> terms = must == null
                ? null
                : must.getNodeSelectorTerms().stream().map(Term::of).toList();
        List<Preference> preferences =
                affinity.getNodeAffinity().getPreferredDuringSchedulingIgnoredDuringExecution().stream()
                        .filter(p -> p.getWeight() != 0)
                        .map(p -> new Preference(p.getWeight(), Term.of(p.getPreference())))
                        .toList();
        return new NodeMatcher(selector, terms, preferences);
    }

    /** Compiles the nodes that a volume can be reached from. */
    public static NodeMatcher of(NodeSelector selector) {
        return new NodeMatcher(
                Map.of(), selector.getNodeSelectorTerms().stream().map(Term::of).toList(), List.of());
    }

    /** Whether the pod may run on a node of this name and with these labels. */
    public boolean matches(String nodeName, Map<String, String> labels) {
        if (!labels.entrySet().containsAll(nodeSelector.entrySet())) {
            return false;
        }
        return required == null || required.stream().anyMatch(term -> term.matches(nodeName, labels));
    }

    /** The sum of the weights of the preferred terms that this node satisfies. */
    public long preference(String nodeName, Map<String, String> labels) {
        long sum = 0;
        for (Preference preference : preferred) {
            if (preference.term().matches(nodeName, labels)) {
                sum += preference.weight();
            }
        }
        return sum;
    }

    /** Whether any node is preferred over others. */
    public boolean hasPreferences() {
        return !preferred.isEmpty();
    }

    /** The only nodes in question, if every required alternative names its node by {@code metadata.name}. */
    public Optional<Set<String>> onlyNodes() {
        if (required == null || required.isEmpty()) {
            return Optional.empty();
        }
        Set<String> names = new HashSet<>();
        for (Term term : required) {
            Set<String> own = term.names();
            if (own == null) {
                return Optional.empty();
            }
            names.addAll(own);
        }
        return Optional.of(names);
    }

    private record Preference(int weight, Term term) {}

    private record Term(List<Expression> labels, List<Expression> fields) {

        static Term of(NodeSelectorTerm term) {
            return new Term(compile(term.getMatchExpressions()), compile(term.getMatchFields()));
        }

        private static List<Expression> compile(List<NodeSelectorRequirement> requirements) {
            List<Expression> expressions = new ArrayList<>();
            for (NodeSelectorRequirement r : requirements) {
                expressions.add(new Expression(r.getKey(), r.getOperator(), List.copyOf(r.getValues())));
            }
            return List.copyOf(expressions);
        }

        boolean matches(String nodeName, Map<String, String> nodeLabels) {
            if (labels.isEmpty() && fields.isEmpty()) {
                return false;
            }
            for (Expression expression : labels) {
                if (!expression.matches(nodeLabels.get(expression.key()))) {
                    return false;
                }
            }
            for (Expression expression : fields) {
                if (!expression.key().equals("metadata.name") || !expression.matches(nodeName)) {
                    return false;
                }
            }
            return true;
        }

        @Nullable
        Set<String> names() {
            Set<String> names = null;
            for (Expression field : fields) {
                if (field.key().equals("metadata.name") && field.operator().equals("In")) {
                    Set<String> own = Set.copyOf(field.values());
                    if (names == null) {
                        names = new HashSet<>(own);
                    } else {
                        names.retainAll(own);
                    }
                }
            }
            return names;
        }
    }

    private record Expression(String key, String operator, List<String> values) {
        boolean matches(@Nullable String value) {
            return switch (operator) {
                case "In" -> value != null && values.contains(value);
                case "NotIn" -> value == null || !values.contains(value);
                case "Exists" -> value != null;
                case "DoesNotExist" -> value == null;
                case "Gt" -> compare(value, 1);
                case "Lt" -> compare(value, -1);
                default -> false;
            };
        }

        private boolean compare(@Nullable String value, int wanted) {
            if (value == null || values.size() != 1) {
                return false;
            }
            try {
                return Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst())) == wanted;
            } catch (NumberFormatException notANumber) {
                return false;
            }
        }
    }
}
