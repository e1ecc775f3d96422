package io.kybern.apiserver.admission.plugins;

import io.kybern.apiserver.authz.PolicyRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Compares rules: taken apart into single rights, each right that is wanted must be covered by one rule that is held. */
final class Privileges {

    private Privileges() {}

    /** The rights that the held rules do not cover, in words, sorted; nothing if they cover all. */
    static List<String> missing(List<PolicyRule> held, List<PolicyRule> wanted) {
        Map<PolicyRule, List<String>> verbs = new LinkedHashMap<>();
        for (PolicyRule right :
                wanted.stream().flatMap(rule -> apart(rule).stream()).toList()) {
            if (held.stream().noneMatch(rule -> covers(rule, right))) {
                PolicyRule anyVerb = new PolicyRule(
                        List.of(),
                        right.apiGroups(),
                        right.resources(),
                        right.resourceNames(),
                        right.nonResourceUrls());
                verbs.computeIfAbsent(anyVerb, none -> new ArrayList<>())
                        .add(right.verbs().getFirst());
            }
        }
        TreeSet<String> sentences = new TreeSet<>();
        verbs.forEach((right, all) -> sentences.add(described(right, all)));
        return List.copyOf(sentences);
    }

    private static List<PolicyRule> apart(PolicyRule rule) {
        List<PolicyRule> rights = new ArrayList<>();
        for (String verb : rule.verbs()) {
            List<String> one = List.of(verb);
            for (String group : rule.apiGroups()) {
                for (String resource : rule.resources()) {
                    if (rule.resourceNames().isEmpty()) {
                        rights.add(new PolicyRule(one, List.of(group), List.of(resource), List.of(), List.of()));
                    }
                    for (String name : rule.resourceNames()) {
                        rights.add(new PolicyRule(one, List.of(group), List.of(resource), List.of(name), List.of()));
                    }
                }
            }
            for (String url : rule.nonResourceUrls()) {
                rights.add(new PolicyRule(one, List.of(), List.of(), List.of(), List.of(url)));
            }
        }
        return rights;
    }

    private static boolean covers(PolicyRule held, PolicyRule right) {
        if (!coversAll(held.verbs(), right.verbs())) {
            return false;
        }
        if (!right.nonResourceUrls().isEmpty()) {
            return coversPath(held.nonResourceUrls(), right.nonResourceUrls().getFirst());
        }
        boolean names = held.resourceNames().isEmpty()
                || !right.resourceNames().isEmpty() && held.resourceNames().containsAll(right.resourceNames());
        return coversAll(held.apiGroups(), right.apiGroups())
                && coversResource(held.resources(), right.resources().getFirst())
                && names;
    }

    private static boolean coversAll(List<String> held, List<String> wanted) {
        return held.contains("*") || held.containsAll(wanted);
    }

    private static boolean coversResource(List<String> held, String wanted) {
        int slash = wanted.indexOf('/');
        return held.contains("*") || held.contains(wanted) || slash > 0 && held.contains("*" + wanted.substring(slash));
    }

    private static boolean coversPath(List<String> held, String wanted) {
        return held.stream()
                .anyMatch(path -> path.equals("*")
                        || path.equals(wanted)
                        || path.endsWith("*") && wanted.startsWith(path.substring(0, path.length() - 1)));
    }

    private static String described(PolicyRule right, List<String> verbs) {
        Map<String, List<String>> parts = new LinkedHashMap<>();
        parts.put("APIGroups", right.apiGroups());
        parts.put("Resources", right.resources());
        parts.put("NonResourceURLs", right.nonResourceUrls());
        parts.put("ResourceNames", right.resourceNames());
        parts.put("Verbs", verbs);
        return parts.entrySet().stream()
                .filter(part -> !part.getValue().isEmpty())
                .map(part -> part.getKey() + ":" + quoted(part.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** A text in quotation marks. */
    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Texts in quotation marks, in brackets. */
    static String quoted(List<String> texts) {
        return texts.stream().map(Privileges::quoted).collect(Collectors.joining(" ", "[", "]"));
    }
}
