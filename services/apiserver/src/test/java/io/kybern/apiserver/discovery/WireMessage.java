package io.kybern.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A protobuf message as its fields: numbers and bytes by field number. */
final class WireMessage {
    private final Map<Integer, List<Object>> fields = new LinkedHashMap<>();

    WireMessage(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Object value;
            if ((tag & 7) == 0) {
                value = varint(in);
            } else if ((tag & 7) == 1) {
                value = in.order(ByteOrder.LITTLE_ENDIAN).getDouble();
            } else {
                assertThat(tag & 7).isEqualTo(2);
                byte[] content = new byte[(int) varint(in)];
                in.get(content);
                value = content;
            }
            fields.computeIfAbsent((int) (tag >>> 3), key -> new ArrayList<>()).add(value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        int shift = 0;
        while (true) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
            shift += 7;
        }
    }

    List<WireMessage> all(int number) {
        return fields.getOrDefault(number, List.of()).stream()
                .map(each -> new WireMessage((byte[]) each))
                .toList();
    }

    WireMessage at(int... numbers) {
        WireMessage found = this;
        for (int number : numbers) {
            List<WireMessage> all = found.all(number);
            assertThat(all).as("field %d", number).hasSize(1);
            found = all.getFirst();
        }
        return found;
    }

    /** The number, truth or text in a field; empty if there is none. */
    Optional<Object> value(int number) {
        return fields.getOrDefault(number, List.of()).stream().findFirst();
    }

    String text(int number) {
        List<Object> all = fields.getOrDefault(number, List.of());
        return all.isEmpty() ? "" : new String((byte[]) all.getFirst(), StandardCharsets.UTF_8);
    }

    List<String> texts(int number) {
        return fields.getOrDefault(number, List.of()).stream()
                .map(each -> new String((byte[]) each, StandardCharsets.UTF_8))
                .toList();
    }

    /** Pairs of a name and a value, as all maps are written. */
    Map<String, WireMessage> named(int number) {
        Map<String, WireMessage> named = new LinkedHashMap<>();
        all(number).forEach(each -> named.put(each.text(1), each.at(2)));
        return named;
    }

    /** The extensions, their text read again. */
    Map<String, JsonNode> extensions(int number) {
        Map<String, JsonNode> read = new LinkedHashMap<>();
        named(number).forEach((name, any) -> read.put(name, Json.read(any.text(2))));
        return read;
    }

    /** The extensions that a JSON object has, to compare with. */
    static Map<String, JsonNode> extensionsOf(JsonNode object) {
        Map<String, JsonNode> found = new LinkedHashMap<>();
        object.properties().stream()
                .filter(each -> each.getKey().startsWith("x-"))
                .forEach(each -> found.put(each.getKey(), each.getValue()));
        return found;
    }
}
