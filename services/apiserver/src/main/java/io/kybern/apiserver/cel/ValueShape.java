package io.kybern.apiserver.cel;

/** What a schema says of the values at one place of a tree. */
interface ValueShape {

    /** A place of which no schema speaks. */
    ValueShape ANY = new ValueShape() {};

    /** The elements of the list that is there. */
    default ValueShape item() {
        return ANY;
    }

    /** The property, by its name in JSON. */
    default ValueShape field(String property) {
        return ANY;
    }

    /** The name in JSON of what expressions call so: they cannot name every property as it is. */
    default String property(String name) {
        return name;
    }

    /** Whether whole numbers are decimal ones too. */
    default boolean isNumber() {
        return false;
    }

    /** The value of a string, which may stand for a time or for bytes. */
    default Object text(String text) {
        return text;
    }
}
