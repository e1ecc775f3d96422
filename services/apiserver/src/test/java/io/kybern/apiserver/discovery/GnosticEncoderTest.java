package io.kybern.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.schema.OpenApi;
import io.kybern.schema.SchemaCatalog;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Reads what was encoded with a reader of its own, by the field numbers of gnostic's {@code OpenAPIv2.proto}. */
@Timeout(120)
class GnosticEncoderTest {

    private static JsonNode json = Json.object();
    private static WireMessage document = new WireMessage(new byte[0]);

    @BeforeAll
    static void encodeTheWholeApi() {
        byte[] v2 = new OpenApi(SchemaCatalog.builtIn(), ResourceRegistry.builtIn()).v2();
        json = Json.read(v2);
        document = new WireMessage(GnosticEncoder.encodeV2(json));
    }

    @Test
    void saysWhatItIs() {
        assertThat(document.text(1)).isEqualTo("2.0");
        assertThat(document.at(2).text(1)).isEqualTo("Kubernetes");
        assertThat(document.at(12).named(1)).containsOnlyKeys("BearerToken");
        assertThat(document.at(13).named(1).get("BearerToken").at(2).text(1)).isEqualTo("apiKey");
    }

    @Test
    void everyDefinitionHasItsPropertiesTypesAndExtensions() {
        Map<String, WireMessage> definitions = document.at(9).named(1);

        assertThat(definitions.keySet())
                .containsExactlyElementsOf(json.path("definitions").propertyNames());
        json.path("definitions").properties().forEach(each -> assertSame(definitions.get(each.getKey()), each));
    }

    private static void assertSame(WireMessage schema, Map.Entry<String, JsonNode> expected) {
        JsonNode wanted = expected.getValue();
        assertThat(schema.text(1)).isEqualTo(wanted.path("$ref").asString(""));
        assertThat(schema.text(2)).isEqualTo(wanted.path("format").asString(""));
        assertThat(schema.text(4)).isEqualTo(wanted.path("description").asString(""));
        assertThat(schema.texts(19))
                .containsExactlyElementsOf(wanted.path("required")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList());
        if (wanted.has("type")) {
            assertThat(schema.at(22).texts(1))
                    .containsExactly(wanted.path("type").asString());
        }
        if (wanted.has("default")) {
            assertThatObject(Json.read(schema.at(5).text(2))).isEqualTo(wanted.path("default"));
        }
        if (wanted.has("items")) {
            assertSame(schema.at(23, 1), Map.entry("items", wanted.path("items")));
        }
        if (wanted.has("additionalProperties")) {
            assertSame(schema.at(21, 1), Map.entry("values", wanted.path("additionalProperties")));
        }
        if (wanted.has("properties")) {
            Map<String, WireMessage> properties = schema.at(25).named(1);
            assertThat(properties.keySet())
                    .containsExactlyElementsOf(wanted.path("properties").propertyNames());
            wanted.path("properties").properties().forEach(each -> assertSame(properties.get(each.getKey()), each));
        }
        assertThat(schema.extensions(31)).isEqualTo(WireMessage.extensionsOf(wanted));
    }

    @Test
    void everyPatchCarriesItsKindAndDryRun() {
        Map<String, WireMessage> paths = document.at(8).named(2);

        assertThat(paths.keySet()).containsExactlyElementsOf(json.path("paths").propertyNames());
        json.path("paths").properties().stream()
                .filter(each -> each.getValue()
                        .path("patch")
                        .path("x-kubernetes-action")
                        .asString("")
                        .equals("patch"))
                .forEach(each -> {
                    WireMessage patch = paths.get(each.getKey()).at(8);
                    JsonNode kind = patch.extensions(13).get("x-kubernetes-group-version-kind");
                    assertThat(kind.path("kind").asString()).as(each.getKey()).isNotEmpty();
                    assertThatObject(kind)
                            .isEqualTo(each.getValue().path("patch").path("x-kubernetes-group-version-kind"));
                    assertThat(patch.all(8).stream()
                                    .map(parameter -> parameter.at(1))
                                    .filter(parameter -> !parameter.all(2).isEmpty())
                                    .map(parameter -> parameter.at(2, 3).text(4)))
                            .contains("dryRun", "fieldValidation", "fieldManager");
                });
    }

    @Test
    void operationsHaveParametersAndResponses() {
        WireMessage item = document.at(8).named(2).get("/api/v1/namespaces/{namespace}/pods/{name}");

        assertThat(item.all(9).stream().map(each -> each.at(1, 2)))
                .as("two in the path, one in the query")
                .satisfiesExactly(
                        name -> assertThat(name.at(4).text(4)).isEqualTo("name"),
                        namespace -> assertThat(namespace.at(4).text(4)).isEqualTo("namespace"),
                        pretty -> assertThat(pretty.at(3).text(4)).isEqualTo("pretty"));
        WireMessage put = item.at(3);
        assertThat(put.all(8).getLast().at(1, 1, 5).text(1)).isEqualTo("#/definitions/io.k8s.api.core.v1.Pod");
        assertThat(put.at(9).named(1).get("200").at(1, 2, 1).text(1)).isEqualTo("#/definitions/io.k8s.api.core.v1.Pod");
        assertThat(put.at(9).named(1).get("401").at(1).text(1)).isEqualTo("Unauthorized");
    }
}
