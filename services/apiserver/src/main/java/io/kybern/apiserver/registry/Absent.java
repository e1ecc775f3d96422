package io.kybern.apiserver.registry;

import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sets fields that are absent; what is there stays. */
public final class Absent {

    private Absent() {}

    /** Sets a text. */
    public static void text(ObjectNode object, String field, String value) {
        if (isAbsent(object, field)) {
            object.put(field, value);
        }
    }

    /** Sets a number: an int, as a number of that size is read, so that a default equals the same value from the store. */
    public static void number(ObjectNode object, String field, int value) {
        if (isAbsent(object, field)) {
            object.put(field, value);
        }
    }

    /** Sets a truth value. */
    public static void flag(ObjectNode object, String field, boolean value) {
        if (isAbsent(object, field)) {
            object.put(field, value);
        }
    }

    /** The object in a field, an empty one if it is absent. */
    public static ObjectNode object(ObjectNode object, String field) {
        return object.get(field) instanceof ObjectNode present ? present : object.putObject(field);
    }

    /** Hands each object of a list to the consumer; what is no object is passed over. */
    public static void each(JsonNode list, Consumer<ObjectNode> consumer) {
        for (JsonNode element : list) {
            if (element instanceof ObjectNode object) {
                consumer.accept(object);
            }
        }
    }

    /** Hands the object in a field to the consumer if it is there. */
    public static void with(JsonNode object, String field, Consumer<ObjectNode> consumer) {
        if (object.get(field) instanceof ObjectNode present) {
            consumer.accept(present);
        }
    }

    private static boolean isAbsent(ObjectNode object, String field) {
        JsonNode value = object.get(field);
        return value == null || value.isNull();
    }
}
