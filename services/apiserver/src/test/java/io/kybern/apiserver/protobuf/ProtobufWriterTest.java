package io.kybern.apiserver.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.protobuf.ProtobufTypes.Field;
import io.kybern.apiserver.protobuf.ProtobufTypes.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes objects with every field there is, and has the official messages and our own reader read them. */
@Timeout(120)
class ProtobufWriterTest {

    private static final ProtobufTypes TYPES = ProtobufTypes.builtIn();
    private static final ProtobufWriter WRITER = new ProtobufWriter();
    private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    static Stream<GroupVersionKind> kinds() {
        return ResourceRegistry.builtIn().builtInTypes().stream()
                .map(type -> new GroupVersionKind(type.gvr().group(), type.gvr().version(), type.kind()))
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyTypeWithAllItsFieldsComesBackAsItWas(GroupVersionKind kind) throws InvalidProtocolBufferException {
        String name = TYPES.message(kind).orElseThrow();
        ObjectNode object = Json.object().put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
        object.setAll(example(name, new ArrayDeque<>()));

        byte[] message = message(kind, object);

        assertSame(new ProtobufReader().read(envelope(kind, message), kind), object);
        Descriptor official = OfficialMessages.find(name).orElse(null);
        if (official != null) {
            DynamicMessage read = DynamicMessage.parseFrom(official, message);
            assertNoUnknownFields(read);
            assertSame(new ProtobufReader().read(envelope(kind, read.toByteArray()), kind), object);
        }
    }

    private static byte[] message(GroupVersionKind kind, JsonNode object) {
        return raw(WRITER.document(kind, Json.bytes(object)));
    }

    private static byte[] raw(ProtobufDocument document) {
        return Arrays.copyOfRange(document.bytes(), document.from(), document.from() + document.length());
    }

    /** A body as the official classes write it. */
    private static byte[] envelope(GroupVersionKind kind, byte[] message) {
        byte[] unknown = Runtime.Unknown.newBuilder()
                .setTypeMeta(Runtime.TypeMeta.newBuilder()
                        .setApiVersion(kind.apiVersion())
                        .setKind(kind.kind()))
                .setRaw(ByteString.copyFrom(message))
                .build()
                .toByteArray();
        return ByteBuffer.allocate(4 + unknown.length)
                .put(new byte[] {'k', '8', 's', 0})
                .put(unknown)
                .array();
    }

    private static void assertSame(JsonNode read, JsonNode written) {
        // through text, because numbers of different Java types are not equal
        assertThatObject(Json.read(Json.bytes(read))).isEqualTo(Json.read(Json.bytes(written)));
    }

    private static void assertNoUnknownFields(Message message) {
        assertThat(message.getUnknownFields().asMap())
                .as(message.getDescriptorForType().getFullName())
                .isEmpty();
        message.getAllFields().values().forEach(value -> {
            if (value instanceof Message nested) {
                assertNoUnknownFields(nested);
            } else if (value instanceof List<?> list) {
                list.forEach(each -> {
                    if (each instanceof Message nested) {
                        assertNoUnknownFields(nested);
                    }
                });
            }
        });
    }

    /** An object with every field of a message; what contains itself does so once. */
    private static ObjectNode example(String message, Deque<String> around) {
        ObjectNode object = Json.object();
        around.push(message);
        TYPES.fields(message).byNumber().values().stream()
                .sorted((a, b) -> Integer.compare(a.number(), b.number()))
                .forEach(field -> add(object, field, around));
        around.pop();
        return object;
    }

    private static void add(ObjectNode object, Field field, Deque<String> around) {
        if (around.stream().filter(field.message()::equals).count() > 1) {
            return;
        }
        if (field.shape() == Shape.INLINE) {
            object.setAll(example(field.message(), around));
            return;
        }
        JsonNode value = value(field, around);
        switch (field.shape()) {
            case LIST -> object.putArray(field.name()).add(value).add(value);
            case MAP -> object.putObject(field.name()).set("key.of/map", value);
            default -> object.set(field.name(), value);
        }
    }

    private static JsonNode value(Field field, Deque<String> around) {
        return switch (field.content()) {
            case STRING -> NODES.stringNode("a value of " + field.name() + ", ärgerlich");
            case BYTES -> NODES.stringNode("AP/+Zg==");
            case INTEGER -> NODES.numberNode(2_000_000 + field.number());
            case BOOLEAN -> NODES.booleanNode(true);
            case DOUBLE -> NODES.numberNode(-1.5);
            case MESSAGE -> special(field.message(), around);
        };
    }

    private static JsonNode special(String message, Deque<String> around) {
        return switch (message) {
            case "meta.Time" -> NODES.stringNode("2026-01-28T23:59:59Z");
            case "meta.MicroTime" -> NODES.stringNode("2026-12-31T23:59:59.012345Z");
            case "machinery.api.resource.Quantity" -> NODES.stringNode("1500m");
            case "machinery.util.intstr.IntOrString" -> NODES.stringNode("25%");
            case "machinery.runtime.RawExtension", "meta.FieldsV1" -> Json.read("{\"f:a\":{\".\":{}},\"b\":[1,null]}");
            case "apiextensions.v1.JSON" -> Json.read("{\"any\":[true,\"x\",2]}");
            case "apiextensions.v1.JSONSchemaPropsOrBool" -> NODES.booleanNode(true);
            case "apiextensions.v1.JSONSchemaPropsOrStringArray" -> Json.read("[\"a\",\"b\"]");
            case "apiextensions.v1.JSONSchemaPropsOrArray" ->
                Json.array().add(Json.object().put("type", "string"));
            default -> {
                ObjectNode object = example(message, around);
                boolean list = message.endsWith(".ExtraValue") || message.endsWith(".Verbs");
                yield list ? object.get("items") : object;
            }
        };
    }

    @Test
    void schemasThatAreAnythingElseComeBackToo() {
        GroupVersionKind kind = new GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        JsonNode definition = Json.read("""
                {"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1",
                 "spec":{"group":"g","versions":[{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":
                   {"type":"object","default":"text","properties":{
                      "a":{"additionalProperties":false,"maximum":0,"x-kubernetes-preserve-unknown-fields":false},
                      "b":{"additionalProperties":{"type":"string"},"items":{"type":"integer"},"enum":[1,"x",null]},
                      "c":{"$ref":"#/x","dependencies":{"d":{"type":"string"},"e":["f"]}}}}}}]}}
                """);

        byte[] body = WRITER.document(kind, Json.bytes(definition)).bytes();

        assertThatObject(Json.read(Json.bytes(new ProtobufReader().read(body, kind))))
                .isEqualTo(definition);
    }

    @Test
    void numbersOfSeveralKindsComeBackAsTheyWere() {
        JsonNode service = Json.read("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"s","creationTimestamp":"2024-02-29T01:02:03Z"},
                 "spec":{"ports":[{"port":80,"targetPort":8080},{"port":81,"targetPort":"web"},{"port":-1}]}}
                """);
        GroupVersionKind kind = new GroupVersionKind("", "v1", "Service");

        assertThatObject(Json.read(Json.bytes(new ProtobufReader()
                        .read(WRITER.document(kind, Json.bytes(service)).bytes(), kind))))
                .isEqualTo(service);
    }

    @Test
    void theOfficialClassesReadBodiesListsAndEvents() throws InvalidProtocolBufferException {
        ProtobufDocument document = WRITER.document(POD, Json.bytes(Json.read("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"},"unknown":{"x":[1]}},
                 "spec":{"volumes":[{"emptyDir":{},"name":"v"}],"terminationGracePeriodSeconds":30}}
                """)));
        byte[] pod = raw(document);
        assertThat(V1.Pod.parseFrom(pod)
                        .getSpec()
                        .getVolumes(0)
                        .getVolumeSource()
                        .hasEmptyDir())
                .isTrue();

        byte[] body = document.bytes();
        assertThat(Arrays.copyOf(body, 4)).containsExactly('k', '8', 's', 0);
        Runtime.Unknown unknown = Runtime.Unknown.parseFrom(ByteBuffer.wrap(body, 4, body.length - 4));
        assertThat(unknown.getTypeMeta().getApiVersion()).isEqualTo("v1");
        assertThat(unknown.getTypeMeta().getKind()).isEqualTo("Pod");
        assertThat(unknown.getRaw().toByteArray()).isEqualTo(pod);

        byte[] frame = ProtobufWriter.watchEvent("ADDED", body);
        assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(frame.length - 4);
        Meta.WatchEvent event = Meta.WatchEvent.parseFrom(ByteBuffer.wrap(frame, 4, frame.length - 4));
        assertThat(event.getType()).isEqualTo("ADDED");
        assertThat(event.getObject().getRaw().toByteArray()).isEqualTo(body);

        GroupVersionKind podList = new GroupVersionKind("", "v1", "PodList");
        byte[] list = raw(WRITER.list(
                podList,
                "{\"resourceVersion\":\"7\",\"continue\":\"c\"}".getBytes(StandardCharsets.UTF_8),
                List.of(document, document)));
        V1.PodList pods = V1.PodList.parseFrom(list);
        assertThat(pods.getMetadata().getResourceVersion()).isEqualTo("7");
        assertThat(pods.getItemsList())
                .hasSize(2)
                .allMatch(each -> each.getMetadata().getName().equals("p"));
    }

    @Test
    void longContentMovesToMakeRoomForItsLength() throws InvalidProtocolBufferException {
        for (int length : new int[] {0, 1, 127, 128, 129, 16_383, 16_384, 70_000}) {
            String value = "ä".repeat(length / 2) + "x".repeat(length % 2);
            byte[] map = message(
                    new GroupVersionKind("", "v1", "ConfigMap"),
                    Json.object().set("data", Json.object().put("k", value).put("l", "x".repeat(length))));
            assertThat(V1.ConfigMap.parseFrom(map).getDataMap())
                    .containsEntry("k", value)
                    .containsEntry("l", "x".repeat(length));
        }
    }
}
