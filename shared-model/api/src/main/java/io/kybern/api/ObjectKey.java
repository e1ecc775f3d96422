package io.kybern.api;

/**
 * Names one object within its resource.
 *
 * @param namespace the namespace, empty for an object of cluster scope
 * @param name the name, not empty
 */
public record ObjectKey(String namespace, String name) implements Comparable<ObjectKey> {

    public ObjectKey {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("an object key needs a name");
        }
    }

    /** The key of an object of cluster scope. */
    public static ObjectKey clusterScoped(String name) {
        return new ObjectKey("", name);
    }

    /**
     * The reverse of {@link #toString} and of {@link #stored}: {@code ns/name}, {@code name} or {@code /name}.
     *
     * @throws IllegalArgumentException if there is no name
     */
    public static ObjectKey parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? clusterScoped(text) : new ObjectKey(text.substring(0, slash), text.substring(slash + 1));
    }

    /** {@code <namespace>/<name>}, with the slash for cluster scope too: the field in the store and the Kafka key. */
    public String stored() {
        return namespace + "/" + name;
    }

    /** As people write it: {@code ns/name}, or {@code name} for cluster scope. */
    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }

    /** Lists are in this order: by namespace, then by name. */
    @Override
    public int compareTo(ObjectKey other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }
}
