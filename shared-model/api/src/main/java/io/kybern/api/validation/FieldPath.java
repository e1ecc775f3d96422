package io.kybern.api.validation;

/**
 * Where in an object something is, written as Kubernetes writes it: {@code spec.containers[0].resources.limits[cpu]}.
 * Immutable.
 */
public final class FieldPath {

    private final String text;

    private FieldPath(String text) {
        this.text = text;
    }

    /** A path of those field names. */
    public static FieldPath of(String first, String... more) {
        FieldPath path = new FieldPath(first);
        for (String name : more) {
            path = path.child(name);
        }
        return path;
    }

    /** The object itself: the path of its field {@code x} is {@code x}. */
    public static FieldPath root() {
        return new FieldPath("");
    }

    /** What Kubernetes writes for a fault of an object's size, which is a fault of no single field. */
    public static FieldPath nameless() {
        return new FieldPath("[]");
    }

    /** A field of this object. */
    public FieldPath child(String name) {
        return new FieldPath(text.isEmpty() ? name : text + "." + name);
    }

    /** A field of a field of this object. */
    public FieldPath child(String first, String second) {
        return child(first).child(second);
    }

    /** An element of this list. */
    public FieldPath index(int index) {
        return new FieldPath(text + "[" + index + "]");
    }

    /** An entry of this map. */
    public FieldPath key(String key) {
        return new FieldPath(text + "[" + key + "]");
    }

    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FieldPath path && path.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
