package io.kybern.apiserver.cel;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A JSON object as a map whose values are made when they are asked for. */
final class ObjectView extends AbstractMap<String, Object> {

    private final ObjectNode node;
    private final ValueShape shape;

    ObjectView(ObjectNode node, ValueShape shape) {
        this.node = node;
        this.shape = shape;
    }

    ObjectNode node() {
        return node;
    }

    @Override
    public int size() {
        return node.size();
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return key instanceof String name && node.has(shape.property(name));
    }

    @Override
    public @Nullable Object get(@Nullable Object key) {
        if (!(key instanceof String name)) {
            return null;
        }
        String property = shape.property(name);
        JsonNode value = node.get(property);
        return value == null ? null : CelValues.of(value, shape.field(property));
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return node.size();
            }

            @Override
            public Iterator<Map.Entry<String, Object>> iterator() {
                return node.properties().stream()
                        .map(each ->
                                Map.entry(each.getKey(), CelValues.of(each.getValue(), shape.field(each.getKey()))))
                        .iterator();
            }
        };
    }
}
