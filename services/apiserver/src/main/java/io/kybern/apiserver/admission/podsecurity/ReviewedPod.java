package io.kybern.apiserver.admission.podsecurity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A pod, or the template of pods, under review, and the words for what is found.
 *
 * @param annotations of its metadata
 * @param spec its spec
 */
record ReviewedPod(Map<String, String> annotations, JsonNode spec) {

    /** All containers: those that start it, those that run, those added later. */
    List<JsonNode> containers() {
        List<JsonNode> all = new ArrayList<>();
        for (String list : List.of("initContainers", "containers", "ephemeralContainers")) {
            spec.path(list).forEach(all::add);
        }
        return all;
    }

    /** The names of the containers with something. */
    List<String> containers(Predicate<JsonNode> having) {
        return containers().stream().filter(having).map(ReviewedPod::name).toList();
    }

    /** The names of the containers whose security context has something. */
    List<String> securing(Predicate<JsonNode> having) {
        return containers(container -> having.test(container.path("securityContext")));
    }

    JsonNode security() {
        return spec.path("securityContext");
    }

    boolean isOnWindows() {
        return spec.path("os").path("name").asString("").equals("windows");
    }

    /** Whether its users are none of the node's. */
    boolean hasOwnUsers() {
        JsonNode host = spec.path("hostUsers");
        return host.isBoolean() && !host.asBoolean();
    }

    static String name(JsonNode named) {
        return named.path("name").asString("");
    }

    /** {@code container "a"} or {@code containers "a", "b"}. */
    static String several(String what, Collection<String> names) {
        return plural(what, names.size()) + " " + quoted(names);
    }

    static String plural(String what, int count) {
        return count == 1 ? what : what + "s";
    }

    static String quoted(Collection<String> texts) {
        return texts.stream().map(each -> "\"" + each + "\"").collect(Collectors.joining(", "));
    }

    /** Who sets something: the pod, some containers, or both; empty if nobody. */
    static String setters(boolean pod, List<String> containers) {
        List<String> setters = new ArrayList<>();
        if (pod) {
            setters.add("pod");
        }
        if (!containers.isEmpty()) {
            setters.add(several("container", containers));
        }
        return String.join(" and ", setters);
    }

    /** The different texts, in order, that the function finds in the security contexts of the pod and of its containers. */
    Collection<String> found(Function<JsonNode, List<String>> inContext) {
        TreeSet<String> found = new TreeSet<>(inContext.apply(security()));
        containers().forEach(container -> found.addAll(inContext.apply(container.path("securityContext"))));
        return found;
    }
}
