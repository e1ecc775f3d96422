package io.kybern.schema.structural;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.testing.PropertySeeds;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** For any schema and any object: doing it twice is doing it once, and what is left is what the schema knows. */
@Timeout(300)
class StructuralPropertiesTest {

    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    static LongStream seeds() {
        return PropertySeeds.of(200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void pruningAndDefaultingAreIdempotent(long seed) {
        Random random = new Random(seed);
        Structural schema = Structural.ofResource(schema(random, 4));
        JsonNode object = value(random, 4);
        Pruner.prune(object, schema);
        StructuralDefaults.apply(object, schema);
        JsonNode once = object.deepCopy();
        assertThat(Pruner.prune(object, schema)).as("seed %d", seed).isEmpty();
        StructuralDefaults.apply(object, schema);
        assertThat(object).as("seed %d", seed).isEqualTo(once);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void checkingNeverFails(long seed) {
        Random random = new Random(seed);
        JsonNode schema = schema(random, 4);
        JsonNode value = value(random, 4);
        ValueValidator validator = new ValueValidator(schema, "");
        assertThat(validator.validateUpdate(value, value.deepCopy()))
                .as("seed %d: nothing changed", seed)
                .isEmpty();
        assertThat(validator.validate(value)).as("seed %d", seed).isNotNull();
        assertThat(ListTypes.validate(value, Structural.ofResource(schema))).isNotNull();
    }

    private static ObjectNode schema(Random random, int depth) {
        ObjectNode schema = Json.object().put("type", "object");
        if (random.nextInt(6) == 0) {
            schema.put("x-kubernetes-preserve-unknown-fields", true);
        }
        ObjectNode properties = schema.putObject("properties");
        for (String name : NAMES) {
            if (random.nextInt(3) > 0) {
                properties.set(name, field(random, depth - 1));
            }
        }
        return schema;
    }

    private static ObjectNode field(Random random, int depth) {
        ObjectNode field =
                switch (depth <= 0 ? random.nextInt(2) : random.nextInt(5)) {
                    case 0 -> Json.object().put("type", "string");
                    case 1 -> Json.object().put("type", "integer");
                    case 2 -> {
                        ObjectNode array = Json.object().put("type", "array");
                        array.set("items", field(random, depth - 1));
                        yield array;
                    }
                    case 3 -> {
                        ObjectNode map = Json.object().put("type", "object");
                        map.set("additionalProperties", field(random, depth - 1));
                        yield map;
                    }
                    default -> schema(random, depth);
                };
        String type = field.path("type").asString();
        if (random.nextInt(3) == 0) {
            switch (type) {
                case "string" -> field.put("default", "x");
                case "integer" -> field.put("default", 1);
                case "array" -> field.putArray("default");
                default -> field.putObject("default");
            }
        }
        if (random.nextInt(4) == 0) {
            field.put("nullable", true);
        }
        return field;
    }

    private static JsonNode value(Random random, int depth) {
        ObjectNode object = Json.object();
        for (String name : NAMES) {
            if (random.nextBoolean()) {
                object.set(name, any(random, depth - 1));
            }
        }
        return object;
    }

    private static JsonNode any(Random random, int depth) {
        return switch (depth <= 0 ? random.nextInt(3) : random.nextInt(5)) {
            case 0 -> NODES.stringNode("s");
            case 1 -> NODES.numberNode(random.nextInt(5));
            case 2 -> NODES.nullNode();
            case 3 -> {
                ArrayNode array = Json.array();
                for (int i = random.nextInt(3); i > 0; i--) {
                    array.add(any(random, depth - 1));
                }
                yield array;
            }
            default -> value(random, depth);
        };
    }
}
