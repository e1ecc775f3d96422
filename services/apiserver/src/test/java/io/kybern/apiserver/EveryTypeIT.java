package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubernetes.client.proto.Runtime;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Every type through every verb and format, on a whole API server. The objects are in {@code cases/every-type.yaml}. */
@Timeout(120)
class EveryTypeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String JSON_TYPE = "application/json";
    private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

    /** Types of which nothing is kept: what is posted is answered. */
    private static final Set<String> NOT_KEPT = Set.of(
            "bindings",
            "componentstatuses",
            "localsubjectaccessreviews",
            "selfsubjectaccessreviews",
            "selfsubjectreviews",
            "selfsubjectrulesreviews",
            "subjectaccessreviews",
            "tokenreviews");

    /** Types whose status the API server writes by itself, once they are there. */
    private static final Set<String> WITH_CONTROLLER =
            Set.of("customresourcedefinitions", "apiservices", "flowschemas");

    private static ApiServerUnderTest server;

    /** One object and where it belongs. */
    record Example(ResourceType type, ObjectNode object) {

        String name() {
            return object.at("/metadata/name").asString();
        }

        String collection() {
            String root = type.gvr().group().isEmpty()
                    ? "/api/" + type.gvr().version()
                    : "/apis/" + type.gvr().group() + "/" + type.gvr().version();
            String namespace = object.at("/metadata/namespace").asString("default");
            return root + (type.namespaced() ? "/namespaces/" + namespace : "") + "/"
                    + type.gvr().resource();
        }

        String path() {
            return collection() + "/" + name();
        }

        @Override
        public String toString() {
            return type.gvr().resource() + "." + type.gvr().group();
        }
    }

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
        await("the first objects")
                .atMost(PATIENCE)
                .until(() -> get("/api/v1/namespaces/default", JSON_TYPE).statusCode() == 200);
        post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"apart\"}}");
        post("/apis/scheduling.k8s.io/v1/priorityclasses", "{\"metadata\":{\"name\":\"high\"},\"value\":1000}");
        post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static List<Example> examples() throws IOException {
        ResourceRegistry registry = ResourceRegistry.builtIn();
        List<Example> examples = new ArrayList<>();
        try (InputStream file = EveryTypeIT.class.getResourceAsStream("/cases/every-type.yaml")) {
            var documents = YAML.readerFor(ObjectNode.class).<ObjectNode>readValues(file);
            while (documents.hasNext()) {
                ObjectNode object = documents.next();
                String[] version = object.get("apiVersion").asString().split("/");
                String kind = object.get("kind").asString();
                ResourceType type =
                        registry
                                .inGroupVersion(version.length == 1 ? "" : version[0], version[version.length - 1])
                                .stream()
                                .filter(each -> each.kind().equals(kind))
                                .findFirst()
                                .orElseThrow(() -> new AssertionError("no type for " + object));
                examples.add(new Example(type, object));
            }
        }
        return examples;
    }

    @Test
    void noTypeIsMissingHere() throws IOException {
        Set<String> here = new TreeSet<>();
        examples().forEach(example -> here.add(example.toString()));
        Set<String> registered = new TreeSet<>();
        for (ResourceType type : ResourceRegistry.builtIn().builtInTypes()) {
            if (!NOT_KEPT.contains(type.gvr().resource())) {
                registered.add(type.gvr().resource() + "." + type.gvr().group());
            }
        }
        assertThat(here).isEqualTo(registered);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everythingThatWasSaidIsReadBackInEveryFormat(Example example) throws IOException {
        ObjectNode object = example.object().deepCopy();
        HttpResponse<byte[]> answer = post(example.collection() + "?fieldValidation=Strict", object.toString());
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(201);
        String since = json(answer).at("/metadata/resourceVersion").asString();
        try {
            if (WITH_CONTROLLER.contains(example.type().gvr().resource())) {
                await("the server's own controller has said all it has to say of " + example)
                        .atMost(PATIENCE)
                        .until(() -> !json(get(example.path(), JSON_TYPE))
                                .at("/status/conditions")
                                .isEmpty());
            }
            JsonNode read = json(get(example.path(), JSON_TYPE));
            assertContains(example.toString(), object, read);

            assertThat(YAML.readTree(get(example.path(), "application/yaml").body())
                            .toString())
                    .isEqualTo(read.toString());
            tableHasACellForEachColumn(example);
            metadataComesAlone(example, read);
            protobufCarriesEverythingThereAndBack(example);
            patchesOfEveryKindAreTaken(example);
            updatesAreTaken(example);
        } finally {
            server.bytes(
                    server.request(example.path() + "?gracePeriodSeconds=0").DELETE());
        }
        changesAreSeen(example, since);
        isDescribed(example);
    }

    private static void tableHasACellForEachColumn(Example example) {
        JsonNode table = json(get(example.path(), JSON_TYPE + ";as=Table;g=meta.k8s.io;v=v1"));
        assertThat(table.get("kind").asString()).isEqualTo("Table");
        assertThat(table.at("/rows/0/cells").size())
                .isPositive()
                .isEqualTo(table.get("columnDefinitions").size());
        assertThat(table.at("/rows/0/object/metadata/name").asString()).isEqualTo(example.name());
    }

    private static void metadataComesAlone(Example example, JsonNode read) {
        JsonNode partial = json(get(example.path(), JSON_TYPE + ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
        assertThat(partial.get("kind").asString()).isEqualTo("PartialObjectMetadata");
        assertThat(partial.get("metadata")).isEqualTo(read.get("metadata"));
        assertThat(partial.propertyNames()).containsExactlyInAnyOrder("kind", "apiVersion", "metadata");
    }

    /** What is read as protobuf and written as it is changes nothing, so nothing was lost on either way. */
    private static void protobufCarriesEverythingThereAndBack(Example example) throws IOException {
        JsonNode before = json(get(example.path(), JSON_TYPE));
        HttpResponse<byte[]> encoded = get(example.path(), PROTOBUF);
        assertThat(encoded.statusCode()).isEqualTo(200);
        assertThat(encoded.body()).startsWith('k', '8', 's', 0);
        Runtime.Unknown unknown =
                Runtime.Unknown.parseFrom(ByteBuffer.wrap(encoded.body(), 4, encoded.body().length - 4));
        assertThat(unknown.getTypeMeta().getKind()).isEqualTo(example.type().kind());

        HttpResponse<byte[]> written = send("PUT", example.path(), PROTOBUF, encoded.body());

        assertThat(written.statusCode()).as(text(written)).isEqualTo(200);
        assertThat(bare(json(get(example.path(), JSON_TYPE)))).isEqualTo(bare(before));
    }

    private static void patchesOfEveryKindAreTaken(Example example) {
        for (Map.Entry<String, String> patch : Map.of(
                        "application/merge-patch+json", "{\"metadata\":{\"labels\":{\"merged\":\"yes\"}}}",
                        "application/strategic-merge-patch+json", "{\"metadata\":{\"labels\":{\"strategic\":\"yes\"}}}",
                        "application/json-patch+json",
                                "[{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\"patched\":\"yes\"}}]",
                        "application/apply-patch+yaml",
                                "apiVersion: %s\nkind: %s\nmetadata: { name: %s, labels: { applied: 'yes' } }\n"
                                        .formatted(
                                                example.object()
                                                        .get("apiVersion")
                                                        .asString(),
                                                example.type().kind(),
                                                example.name()))
                .entrySet()) {
            HttpResponse<byte[]> answer = send(
                    "PATCH",
                    example.path() + "?fieldManager=test",
                    patch.getKey(),
                    patch.getValue().getBytes(StandardCharsets.UTF_8));
            assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        }
        JsonNode patched = json(get(example.path(), JSON_TYPE)).get("metadata");
        assertThat(patched.get("labels").propertyNames()).contains("merged", "strategic", "applied");
        assertThat(patched.get("annotations").propertyNames()).contains("patched");
    }

    private static void updatesAreTaken(Example example) {
        ObjectNode changed = (ObjectNode) json(get(example.path(), JSON_TYPE));
        changed.withObject("/metadata/labels").put("updated", "yes");
        HttpResponse<byte[]> answer =
                send("PUT", example.path(), JSON_TYPE, changed.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        assertThat(json(answer).at("/metadata/labels/updated").asString()).isEqualTo("yes");
    }

    private static void changesAreSeen(Example example, String since) {
        List<String> types = server
                .lines(
                        server.request(example.collection() + "?watch=1&timeoutSeconds=60&resourceVersion=" + since
                                + "&fieldSelector=metadata.name%3D" + example.name()),
                        5)
                .stream()
                .map(line -> Json.read(line).get("type").asString())
                .toList();
        assertThat(types).as("%s after %s", example, since).hasSize(5).startsWith("MODIFIED");
    }

    private static void isDescribed(Example example) {
        ResourceType type = example.type();
        String document = type.gvr().group().isEmpty()
                ? "api/" + type.gvr().version()
                : "apis/" + type.gvr().group() + "/" + type.gvr().version();
        JsonNode schemas = json(get("/openapi/v3/" + document, JSON_TYPE)).at("/components/schemas");
        assertThat(schemas.properties()).as("a schema of %s", example).anySatisfy(schema -> assertThat(
                        schema.getValue().path("x-kubernetes-group-version-kind"))
                .anySatisfy(kind -> assertThat(kind.get("kind").asString()).isEqualTo(type.kind())));
    }

    /** Whatever was said is in the answer; the answer may say more. */
    private static void assertContains(String where, JsonNode said, JsonNode answered) {
        if (said.isObject()) {
            for (Map.Entry<String, JsonNode> field : said.properties()) {
                boolean nothing =
                        field.getValue().isContainer() && field.getValue().isEmpty();
                if (!nothing || answered.has(field.getKey())) {
                    assertThat(answered.has(field.getKey()))
                            .as("%s.%s is kept", where, field.getKey())
                            .isTrue();
                    assertContains(where + "." + field.getKey(), field.getValue(), answered.get(field.getKey()));
                }
            }
        } else if (said.isArray()) {
            assertThat(answered.size()).as(where).isGreaterThanOrEqualTo(said.size());
            for (int i = 0; i < said.size(); i++) {
                assertContains(where + "[" + i + "]", said.get(i), answered.get(i));
            }
        } else {
            assertThat(answered.asString()).as(where).isEqualTo(said.asString());
        }
    }

    /** What a client said, in the least words. */
    private static ObjectNode bare(JsonNode object) {
        ObjectNode copy = (ObjectNode) object.deepCopy();
        ((ObjectNode) copy.get("metadata")).remove(List.of("managedFields", "resourceVersion", "generation"));
        dropEmpty(copy);
        return copy;
    }

    /** Protobuf does not tell an empty text or false from nothing, where JSON does. */
    private static void dropEmpty(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.removeIf(
                    value -> value.isString() && value.asString().isEmpty() || value.isBoolean() && !value.asBoolean());
        }
        node.forEach(EveryTypeIT::dropEmpty);
    }

    private static HttpResponse<byte[]> get(String path, String accept) {
        return server.bytes(server.request(path).header("Accept", accept));
    }

    private static HttpResponse<byte[]> post(String path, String body) {
        return send("POST", path, JSON_TYPE, body.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<byte[]> send(String method, String path, String type, byte[] body) {
        return server.bytes(server.request(path)
                .header("Content-Type", type)
                .header("Accept", JSON_TYPE)
                .method(method, BodyPublishers.ofByteArray(body)));
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        return Json.read(text(response));
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
