package io.kybern.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.schema.OpenApi;
import io.kybern.schema.SchemaCatalog;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Reads what was encoded by the field numbers of gnostic's {@code OpenAPIv3.proto}. */
@Timeout(120)
class GnosticV3Test {

    private static JsonNode json = Json.object();
    private static WireMessage document = new WireMessage(new byte[0]);

    @BeforeAll
    static void encodeOneGroupVersion() {
        OpenApi documents = new OpenApi(SchemaCatalog.builtIn(), ResourceRegistry.builtIn());
        json = Json.read(documents.v3("apis/apps/v1").orElseThrow());
        document = new WireMessage(GnosticEncoder.encodeV3(json));
    }

    @Test
    void saysWhatItIs() {
        assertThat(document.text(1)).isEqualTo(json.path("openapi").asString());
        assertThat(document.at(2).text(1)).isEqualTo("Kubernetes");
        assertThat(document.at(5, 7).named(1).get("BearerToken").at(1).text(1)).isEqualTo("apiKey");
    }

    @Test
    void everySchemaHasItsPropertiesTypesAndExtensions() {
        Map<String, WireMessage> schemas = document.at(5, 1).named(1);
        JsonNode wanted = json.at("/components/schemas");

        assertThat(schemas.keySet()).containsExactlyElementsOf(wanted.propertyNames());
        wanted.properties().forEach(each -> assertSame(schemas.get(each.getKey()), each.getValue()));
    }

    private static void assertSame(WireMessage choice, JsonNode wanted) {
        if (wanted.has("$ref")) {
            assertThat(choice.at(2).text(1)).isEqualTo(wanted.path("$ref").asString());
            return;
        }
        WireMessage schema = choice.at(1);
        assertThat(schema.text(25)).isEqualTo(wanted.path("type").asString(""));
        assertThat(schema.text(34)).isEqualTo(wanted.path("description").asString(""));
        assertThat(schema.text(35)).isEqualTo(wanted.path("format").asString(""));
        assertThat(schema.texts(23))
                .containsExactlyElementsOf(wanted.path("required")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList());
        assertAll(schema.all(26), wanted.path("allOf"));
        assertAll(schema.all(27), wanted.path("oneOf"));
        if (wanted.path("default").isString()) {
            assertThat(schema.at(33).text(3)).isEqualTo(wanted.path("default").asString());
        }
        if (wanted.path("default").isNumber()) {
            assertThat(schema.at(33).value(1)).contains(wanted.path("default").doubleValue());
        }
        if (wanted.has("items")) {
            assertSame(schema.at(30, 1), wanted.path("items"));
        }
        if (wanted.has("additionalProperties")) {
            assertSame(schema.at(32, 1), wanted.path("additionalProperties"));
        }
        if (wanted.has("properties")) {
            Map<String, WireMessage> properties = schema.at(31).named(1);
            assertThat(properties.keySet())
                    .containsExactlyElementsOf(wanted.path("properties").propertyNames());
            wanted.path("properties")
                    .properties()
                    .forEach(each -> assertSame(properties.get(each.getKey()), each.getValue()));
        }
        assertThat(schema.extensions(36)).isEqualTo(WireMessage.extensionsOf(wanted));
    }

    private static void assertAll(List<WireMessage> schemas, JsonNode wanted) {
        assertThat(schemas).hasSize(wanted.size());
        for (int i = 0; i < schemas.size(); i++) {
            assertSame(schemas.get(i), wanted.get(i));
        }
    }

    @Test
    void operationsHaveParametersBodiesAndResponses() {
        Map<String, WireMessage> paths = document.at(4).named(1);
        assertThat(paths.keySet()).containsExactlyElementsOf(json.path("paths").propertyNames());
        WireMessage item = paths.get("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
        WireMessage patch = item.at(10);

        assertThat(patch.all(6).stream().map(each -> each.at(1).text(1))).contains("dryRun", "fieldValidation");
        assertThat(patch.at(7, 1, 2).named(1)).containsKey("application/apply-patch+yaml");
        assertThat(patch.at(8)
                        .named(2)
                        .get("200")
                        .at(1, 3)
                        .named(1)
                        .get("application/json")
                        .at(1, 2)
                        .text(1))
                .isEqualTo("#/components/schemas/io.k8s.api.apps.v1.Deployment");
        assertThatObject(patch.extensions(13).get("x-kubernetes-group-version-kind"))
                .isEqualTo(json.path("paths")
                        .path("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
                        .at("/patch/x-kubernetes-group-version-kind"));
    }

    @Test
    void writesWhatThisApiHasNot() {
        WireMessage schema = new WireMessage(GnosticEncoder.encodeV3(Json.read("""
                {"components": {"schemas": {"s": {"type": "object", "default": {"a": 1}, "additionalProperties": false,
                 "properties": {"a": {"default": true, "minimum": 1.5, "enum": ["x"]}}}}}}""")))
                .at(5, 1)
                .named(1)
                .get("s")
                .at(1);

        assertThat(schema.at(33).value(3)).isEmpty();
        assertThat(schema.at(32).value(2)).contains(0L);
        WireMessage property = schema.at(31).named(1).get("a").at(1);
        assertThat(property.at(33).value(2)).contains(1L);
        assertThat(property.value(13)).contains(1.5);
        assertThat(property.at(24).text(2)).isEqualTo("\"x\"\n");
    }
}
