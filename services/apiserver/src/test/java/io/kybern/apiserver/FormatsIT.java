package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Apiextensions;
import io.kybern.api.Json;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The formats of answers and bodies, on a whole API server; protobuf is read and written by the official classes. */
@Timeout(120)
class FormatsIT extends AnswersUnderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String PARTIAL = ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private static final String PARTIAL_LIST = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private static final String TABLE = ";as=Table;g=meta.k8s.io;v=v1";

    private static HttpResponse<byte[]> send(String method, String path, String type, String accept, byte[] body) {
        return server.bytes(server.request(path)
                .header("Content-Type", type)
                .header("Accept", accept)
                .method(method, BodyPublishers.ofByteArray(body)));
    }

    private static void create(String name) {
        byte[] body = "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"of\":\"%s\"}},\"data\":{\"k\":\"v\"}}"
                .formatted(name, name)
                .getBytes(StandardCharsets.UTF_8);
        assertThat(send("POST", MAPS, "application/json", "application/json", body)
                        .statusCode())
                .isEqualTo(201);
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static byte[] wrapped(String apiVersion, String kind, com.google.protobuf.Message message) {
        byte[] unknown = Runtime.Unknown.newBuilder()
                .setTypeMeta(
                        Runtime.TypeMeta.newBuilder().setApiVersion(apiVersion).setKind(kind))
                .setRaw(message.toByteString())
                .build()
                .toByteArray();
        return ByteBuffer.allocate(4 + unknown.length)
                .put(new byte[] {'k', '8', 's', 0})
                .put(unknown)
                .array();
    }

    @Test
    void objectsListsAndErrorsAreProtobufForWhoPrefersIt() throws IOException {
        V1.ConfigMap sent = V1.ConfigMap.newBuilder()
                .setMetadata(Meta.ObjectMeta.newBuilder().setName("proto").putLabels("of", "proto"))
                .putData("k", "v")
                .build();
        HttpResponse<byte[]> created = send("POST", MAPS, PROTOBUF, PROTOBUF, wrapped("v1", "ConfigMap", sent));
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(type(created)).isEqualTo(PROTOBUF);
        V1.ConfigMap map = V1.ConfigMap.parseFrom(unwrapped(created.body(), "ConfigMap"));
        assertThat(map.getMetadata().getUid()).isNotEmpty();
        assertThat(map.getMetadata().getCreationTimestamp().getSeconds()).isPositive();

        HttpResponse<byte[]> read = get(MAPS + "/proto", PROTOBUF + ",application/json");
        assertThat(V1.ConfigMap.parseFrom(unwrapped(read.body(), "ConfigMap"))).isEqualTo(map);

        HttpResponse<byte[]> listed = get(MAPS + "?labelSelector=of%3Dproto", PROTOBUF);
        V1.ConfigMapList list = V1.ConfigMapList.parseFrom(unwrapped(listed.body(), "ConfigMapList"));
        assertThat(list.getItemsList()).containsExactly(map);
        assertThat(list.getMetadata().getResourceVersion()).isNotEmpty();

        HttpResponse<byte[]> missing = get(MAPS + "/none", PROTOBUF);
        assertThat(missing.statusCode()).isEqualTo(404);
        Meta.Status status = Meta.Status.parseFrom(unwrapped(missing.body(), "Status"));
        assertThat(status.getMessage()).isEqualTo("configmaps \"none\" not found");
        assertThat(status.getDetails().getKind()).isEqualTo("configmaps");

        Meta.DeleteOptions options =
                Meta.DeleteOptions.newBuilder().setGracePeriodSeconds(0).build();
        HttpResponse<byte[]> deleted =
                send("DELETE", MAPS + "/proto", PROTOBUF, PROTOBUF, wrapped("v1", "DeleteOptions", options));
        assertThat(Meta.Status.parseFrom(unwrapped(deleted.body(), "Status")).getStatus())
                .isEqualTo("Success");
    }

    @Test
    void watchesAreFramesOfProtobuf() throws IOException {
        create("seen");
        String query = "?watch=1&timeoutSeconds=60&allowWatchBookmarks=true&resourceVersion=0&labelSelector=of%3Dseen";
        Meta.WatchEvent event;
        try (DataInputStream watch = new DataInputStream(
                server.stream(server.request(MAPS + query).header("Accept", PROTOBUF + ";stream=watch")))) {
            event = Meta.WatchEvent.parseFrom(watch.readNBytes(watch.readInt()));
        }
        assertThat(event.getType()).isEqualTo("ADDED");
        assertThat(type(get(MAPS + query.replace("=60", "=1"), PROTOBUF + ";stream=watch")))
                .isEqualTo(PROTOBUF + ";stream=watch");
        byte[] raw = event.getObject().getRaw().toByteArray();
        assertThat(V1.ConfigMap.parseFrom(unwrapped(raw, "ConfigMap"))
                        .getMetadata()
                        .getName())
                .isEqualTo("seen");
        assertThat(code(MAPS + query, "application/yaml")).isEqualTo(406);
    }

    @Test
    void watchesOverWebSocketsAreFramesInTheFormatThatIsAskedFor() throws Exception {
        create("framed");
        String path = MAPS + "?watch=true&timeoutSeconds=30&resourceVersion=0&labelSelector=of%3Dframed";
        FirstFrame binary = new FirstFrame();
        WebSocket protobuf = server.webSocket(path, PROTOBUF + ";stream=watch", binary);
        Meta.WatchEvent event = Meta.WatchEvent.parseFrom((byte[]) binary.received());
        assertThat(event.getType()).isEqualTo("ADDED");
        byte[] raw = event.getObject().getRaw().toByteArray();
        assertThat(V1.ConfigMap.parseFrom(unwrapped(raw, "ConfigMap"))
                        .getMetadata()
                        .getName())
                .isEqualTo("framed");
        protobuf.abort();

        FirstFrame text = new FirstFrame();
        WebSocket json = server.webSocket(path, "application/json", text);
        assertThat(Json.read((String) text.received())
                        .at("/object/metadata/name")
                        .asString())
                .isEqualTo("framed");
        json.abort();
    }

    /** The first message of a socket, text or bytes. */
    private static final class FirstFrame implements WebSocket.Listener {

        private final CompletableFuture<Object> first = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                first.complete(text.toString());
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            bytes.writeBytes(part);
            if (last) {
                first.complete(bytes.toByteArray());
            }
            socket.request(1);
            return null;
        }

        Object received() throws Exception {
            return first.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void whatHasNoTimeOfCreationShowsNone() {
        String query = "?watch=1&timeoutSeconds=60&allowWatchBookmarks=true&sendInitialEvents=true"
                + "&resourceVersionMatch=NotOlderThan&labelSelector=of%3Dnothing";
        JsonNode bookmark =
                Json.read(server.lines(server.request(MAPS + query), 1).getFirst());
        assertThat(bookmark.path("type").asString()).isEqualTo("BOOKMARK");
        assertThat(bookmark.at("/object/metadata/annotations/k8s.io~1initial-events-end")
                        .asString())
                .isEqualTo("true");
        assertThat(bookmark.at("/object/metadata").has("creationTimestamp")).isFalse();

        JsonNode discovery =
                Json.read(get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
                        .body());
        assertThat(discovery.at("/items/0/metadata").propertyNames()).containsExactly("name");
    }

    @Test
    void metadataAloneComesInEveryFormat() throws IOException {
        create("partial");
        JsonNode json =
                Json.read(get(MAPS + "/partial", "application/json" + PARTIAL).body());
        assertThat(json.path("kind").asString()).isEqualTo("PartialObjectMetadata");
        assertThat(json.path("apiVersion").asString()).isEqualTo("meta.k8s.io/v1");
        assertThat(json.has("data")).isFalse();

        Meta.PartialObjectMetadata partial = Meta.PartialObjectMetadata.parseFrom(
                unwrapped(get(MAPS + "/partial", PROTOBUF + PARTIAL).body(), "PartialObjectMetadata"));
        assertThat(partial.getMetadata().getName()).isEqualTo("partial");

        HttpResponse<byte[]> list = get(MAPS + "?labelSelector=of%3Dpartial", PROTOBUF + PARTIAL_LIST);
        assertThat(Meta.PartialObjectMetadataList.parseFrom(unwrapped(list.body(), "PartialObjectMetadataList"))
                        .getItemsList())
                .containsExactly(partial);

        String watch = MAPS + "?watch=1&timeoutSeconds=60&resourceVersion=0&labelSelector=of%3Dpartial";
        assertThat(Json.read(server.lines(server.request(watch).header("Accept", "application/json" + PARTIAL), 1)
                                .getFirst())
                        .path("object")
                        .path("kind")
                        .asString())
                .isEqualTo("PartialObjectMetadata");
    }

    @Test
    void customObjectsHaveNoProtobufButTheirDefinitionsAndMetadataDo() throws IOException {
        V1Apiextensions.CustomResourceDefinition definition = V1Apiextensions.CustomResourceDefinition.newBuilder()
                .setMetadata(Meta.ObjectMeta.newBuilder().setName("wheels.formats.example.com"))
                .setSpec(V1Apiextensions.CustomResourceDefinitionSpec.newBuilder()
                        .setGroup("formats.example.com")
                        .setScope("Namespaced")
                        .setNames(V1Apiextensions.CustomResourceDefinitionNames.newBuilder()
                                .setPlural("wheels")
                                .setKind("Wheel"))
                        .addVersions(V1Apiextensions.CustomResourceDefinitionVersion.newBuilder()
                                .setName("v1")
                                .setServed(true)
                                .setStorage(true)
                                .setSchema(V1Apiextensions.CustomResourceValidation.newBuilder()
                                        .setOpenAPIV3Schema(V1Apiextensions.JSONSchemaProps.newBuilder()
                                                .setType("object")
                                                .setXKubernetesPreserveUnknownFields(true)))))
                .build();
        HttpResponse<byte[]> created = send(
                "POST",
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                PROTOBUF,
                PROTOBUF + ",application/json",
                wrapped("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition));
        assertThat(created.statusCode()).as(text(created)).isEqualTo(201);
        unwrapped(created.body(), "CustomResourceDefinition");

        String wheels = "/apis/formats.example.com/v1/namespaces/default/wheels";
        await("the type to be served").atMost(PATIENCE).until(() -> code(wheels, "application/json") == 200);
        byte[] wheel = "{\"metadata\":{\"name\":\"w\"},\"spec\":{\"a\":1}}".getBytes(StandardCharsets.UTF_8);
        HttpResponse<byte[]> made = send("POST", wheels, "application/json", PROTOBUF + ",application/json", wheel);
        assertThat(made.statusCode()).as(text(made)).isEqualTo(201);
        assertThat(type(made)).isEqualTo("application/json");
        assertThat(code(wheels + "/w", PROTOBUF)).isEqualTo(406);
        assertThat(Meta.PartialObjectMetadata.parseFrom(
                                unwrapped(get(wheels + "/w", PROTOBUF + PARTIAL).body(), "PartialObjectMetadata"))
                        .getMetadata()
                        .getName())
                .isEqualTo("w");
        // other tests ask for documents twice and want the same ones
        await("the documents to tell of the type").atMost(PATIENCE).until(() -> text(get("/openapi/v2", "*/*"))
                .contains(wheels.replace("default", "{namespace}")));
    }

    @Test
    void whatCannotBeWrittenOrReadIsSaid() {
        byte[] review = "{\"spec\":{\"nonResourceAttributes\":{\"path\":\"/\",\"verb\":\"get\"}}}"
                .getBytes(StandardCharsets.UTF_8);
        HttpResponse<byte[]> table = send(
                "POST",
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                "application/json",
                "application/json" + TABLE,
                review);
        assertThat(table.statusCode()).isEqualTo(406);
        assertThat(Json.read(table.body()).path("reason").asString()).isEqualTo("NotAcceptable");
        assertThat(code(MAPS, "text/html")).isEqualTo(406);

        HttpResponse<byte[]> unknown = send("POST", MAPS, "text/plain", "*/*", review);
        assertThat(unknown.statusCode()).isEqualTo(415);
        assertThat(Json.read(unknown.body()).path("message").asString())
                .contains("application/json", "application/yaml", PROTOBUF);
    }

    @Test
    void yamlComesWhenItIsAskedFor() {
        create("yaml");
        HttpResponse<byte[]> read = get(MAPS + "/yaml", "application/json;q=0.5,application/yaml");
        assertThat(type(read)).isEqualTo("application/yaml");
        assertThat(text(read)).contains("kind: ConfigMap", "\n  k: v\n");
        assertThat(text(get(MAPS + "/no-such", "application/yaml"))).contains("reason: NotFound");
    }

    @Test
    void theScaleOfAnObjectComesAsATable() {
        String sets = "/apis/apps/v1/namespaces/default/replicasets";
        byte[] set = """
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "scaled"}, "spec": {"replicas": 0,
                 "selector": {"matchLabels": {"app": "scaled"}}, "template": {"metadata": {"labels": {"app": "scaled"}},
                 "spec": {"containers": [{"name": "c", "image": "i"}]}}}}""".getBytes(StandardCharsets.UTF_8);
        assertThat(send("POST", sets, "application/json", "*/*", set).statusCode())
                .isEqualTo(201);
        JsonNode table = Json.read(get(sets + "/scaled/scale", "application/json" + TABLE + ",application/json")
                .body());

        assertThat(table.path("kind").asString()).isEqualTo("Table");
        assertThat(table.path("columnDefinitions").valueStream().map(each -> each.path("name")
                        .asString()))
                .containsExactly("Name", "Desired", "Available", "Age");
        JsonNode row = table.path("rows").path(0);
        assertThat(row.path("cells").path(0).asString()).isEqualTo("scaled");
        assertThat(row.path("cells").path(1).asInt(-1)).isZero();
        assertThat(row.path("cells").path(2).asInt(-1)).isZero();
        assertThat(row.at("/object/metadata/name").asString()).isEqualTo("scaled");
    }

    @Test
    void tablesCarryWhatIsAskedFor() {
        create("table");
        String query = MAPS + "?labelSelector=of%3Dtable&includeObject=";
        String wanted = "application/json" + TABLE;
        assertThat(Json.read(get(query + "Object", wanted).body())
                        .findValue("object")
                        .has("data"))
                .isTrue();
        assertThat(Json.read(get(query + "Metadata", wanted).body())
                        .findValue("object")
                        .path("kind")
                        .asString())
                .isEqualTo("PartialObjectMetadata");
        assertThat(Json.read(get(query + "None", wanted).body())
                        .findValue("object")
                        .isNull())
                .isTrue();
        HttpResponse<byte[]> unknown = get(query + "All", wanted);
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(text(unknown)).contains("must be 'Metadata', 'Object', 'None', or empty");
        assertThat(text(get(MAPS, "application/json" + PARTIAL)))
                .contains("you requested PartialObjectMetadata, but the requested object is a list");
        assertThat(code(MAPS + "/table", "application/json" + PARTIAL_LIST)).isEqualTo(406);
    }
}
