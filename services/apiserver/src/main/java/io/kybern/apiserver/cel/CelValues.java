package io.kybern.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON trees as values of expressions, and back. Trees are wrapped, not copied: what an expression does not look at costs nothing, and
 * the tree must not change while the expression is evaluated.
 */
public final class CelValues {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private CelValues() {}

    /** The tree as a value that only its JSON types describe; what is absent is null. */
    public static Object of(@Nullable JsonNode node) {
        return of(node, ValueShape.ANY);
    }

    /** The tree as a value of the type that a schema gives it. */
    static Object of(@Nullable JsonNode node, ValueShape shape) {
        if (node == null || node.isNull() || node.isMissingNode()) {
            return NullValue.NULL_VALUE;
        }
        if (node.isObject()) {
            return new ObjectView((ObjectNode) node, shape);
        }
        if (node.isArray()) {
            return new ArrayView((ArrayNode) node, shape.item());
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isNumber()) {
            boolean whole = node.isIntegralNumber() && node.canConvertToLong() && !shape.isNumber();
            return whole ? (Object) node.longValue() : (Object) node.doubleValue();
        }
        return shape.text(node.asString());
    }

    /** What a missing value is. */
    public static Object nothing() {
        return NullValue.NULL_VALUE;
    }

    /** Whether the value is null. */
    public static boolean isNull(Object value) {
        return value instanceof NullValue;
    }

    /**
     * The value as JSON.
     *
     * @throws CelException if it is of a type that JSON does not have
     */
    public static JsonNode toJson(Object value) {
        return switch (value) {
            case ObjectView view -> view.node().deepCopy();
            case ArrayView view -> view.node().deepCopy();
            case NullValue none -> NODES.nullNode();
            case Boolean truth -> NODES.booleanNode(truth);
            case Long number -> NODES.numberNode(number);
            case UnsignedLong number -> NODES.numberNode(number.bigIntegerValue());
            case Double number -> NODES.numberNode(number);
            case String text -> NODES.stringNode(text);
            case CelByteString bytes -> NODES.stringNode(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Instant time -> NODES.stringNode(time.toString());
            case Duration duration -> NODES.stringNode(TextFunctions.seconds(duration));
            case Optional<?> optional -> optional.isPresent() ? toJson(optional.get()) : NODES.nullNode();
            case List<?> list -> {
                ArrayNode array = NODES.arrayNode();
                list.forEach(each -> array.add(toJson(each)));
                yield array;
            }
            case Map<?, ?> map -> {
                ObjectNode object = NODES.objectNode();
                map.forEach((key, each) -> object.set(String.valueOf(key), toJson(each)));
                yield object;
            }
            default -> throw CelException.evaluation("unsupported conversion to JSON");
        };
    }
}
