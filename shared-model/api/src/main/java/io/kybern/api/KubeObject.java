package io.kybern.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the parts that every Kubernetes object has from its JSON tree. Missing parts read as empty, never as an error; see
 * the API conventions on {@code metadata}.
 */
public final class KubeObject {

    private KubeObject() {}

    /** The metadata, created if absent: what is set on it is set on the object. */
    public static ObjectNode metadata(ObjectNode object) {
        return object.get("metadata") instanceof ObjectNode metadata ? metadata : object.putObject("metadata");
    }

    /** {@code metadata.name}, or empty. */
    public static String name(JsonNode object) {
        return text(object, "name");
    }

    /** {@code metadata.generateName}, or empty. */
    public static String generateName(JsonNode object) {
        return text(object, "generateName");
    }

    /** {@code metadata.namespace}, or empty. */
    public static String namespace(JsonNode object) {
        return text(object, "namespace");
    }

    /** {@code metadata.uid}, or empty. */
    public static String uid(JsonNode object) {
        return text(object, "uid");
    }

    /** {@code metadata.resourceVersion}, or empty. */
    public static String resourceVersion(JsonNode object) {
        return text(object, "resourceVersion");
    }

    /** {@code metadata.generation}, or 0. */
    public static long generation(JsonNode object) {
        return object.path("metadata").path("generation").asLong(0);
    }

    /** The object's key. @throws IllegalArgumentException if it has no name */
    public static ObjectKey key(JsonNode object) {
        return new ObjectKey(namespace(object), name(object));
    }

    /** {@code apiVersion} and {@code kind}; both empty if absent. */
    public static GroupVersionKind gvk(JsonNode object) {
        return GroupVersionKind.parse(
                object.path("apiVersion").asString(""), object.path("kind").asString(""));
    }

    /** The labels, in their order; not to be changed. */
    public static Map<String, String> labels(JsonNode object) {
        return strings(object.path("metadata").path("labels"));
    }

    /** The annotations, in their order; not to be changed. */
    public static Map<String, String> annotations(JsonNode object) {
        return strings(object.path("metadata").path("annotations"));
    }

    /** The finalizers, in their order; not to be changed. */
    public static List<String> finalizers(JsonNode object) {
        List<String> finalizers = new ArrayList<>();
        object.path("metadata").path("finalizers").forEach(each -> finalizers.add(each.asString("")));
        return Collections.unmodifiableList(finalizers);
    }

    /** The owner references, in their order. */
    public static List<JsonNode> ownerReferences(JsonNode object) {
        List<JsonNode> owners = new ArrayList<>();
        object.path("metadata").path("ownerReferences").forEach(owners::add);
        return Collections.unmodifiableList(owners);
    }

    /** When deletion was asked for; empty while it was not. */
    public static Optional<Instant> deletionTimestamp(JsonNode object) {
        String text = text(object, "deletionTimestamp");
        return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
    }

    /** Whether deletion was asked for. */
    public static boolean isBeingDeleted(JsonNode object) {
        return !text(object, "deletionTimestamp").isEmpty();
    }

    private static String text(JsonNode object, String field) {
        return object.path("metadata").path(field).asString("");
    }

    private static Map<String, String> strings(JsonNode map) {
        if (map.isEmpty()) {
            return Map.of();
        }
        Map<String, String> strings = new LinkedHashMap<>();
        map.properties()
                .forEach(entry -> strings.put(entry.getKey(), entry.getValue().asString("")));
        return Collections.unmodifiableMap(strings);
    }
}
