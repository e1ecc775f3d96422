package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.proto.Meta;
import io.kybern.api.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What the server publishes of itself: OpenAPI and discovery, in every format and under their tags. */
@Timeout(120)
class PublishedDocumentsIT extends AnswersUnderTest {

    @Test
    void openApiComesInProtobufWithATag() {
        String wanted = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
        HttpResponse<byte[]> document = get("/openapi/v2", wanted);
        assertThat(document.statusCode()).isEqualTo(200);
        assertThat(type(document)).isEqualTo("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
        assertThat(document.headers().firstValue("Vary")).contains("Accept");
        String tag = document.headers().firstValue("ETag").orElseThrow();
        HttpResponse<byte[]> again = server.bytes(
                server.request("/openapi/v2").header("Accept", wanted).header("If-None-Match", tag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(code("/openapi/v2", "application/xml")).isEqualTo(406);
    }

    @Test
    void documentsOfGroupVersionsMayBeKeptForeverUnderTheirHash() {
        String address = Json.read(get("/openapi/v3", "*/*").body())
                .path("paths")
                .path("apis/apps/v1")
                .path("serverRelativeURL")
                .asString();
        HttpResponse<byte[]> document = get(address, "application/json");
        assertThat(document.statusCode()).isEqualTo(200);
        assertThat(document.headers().firstValue("Cache-Control")).contains("public, immutable");
        assertThat(document.headers().firstValue("Expires")).isPresent();
        assertThat(document.headers().firstValue("ETag"))
                .contains('"' + address.substring(address.indexOf('=') + 1) + '"');

        HttpResponse<byte[]> old = get("/openapi/v3/apis/apps/v1?hash=0", "application/json");
        assertThat(old.statusCode()).isEqualTo(301);
        assertThat(old.headers().firstValue("Location")).contains(address);
        assertThat(get("/openapi/v3/apis/apps/v1", "*/*").headers().firstValue("Cache-Control"))
                .contains("no-cache, private");
    }

    @Test
    void documentsOfGroupVersionsComeInProtobufUnderTheSameHash() {
        String address = Json.read(get("/openapi/v3", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf")
                        .body())
                .at("/paths/apis~1apps~1v1/serverRelativeURL")
                .asString();
        HttpResponse<byte[]> json = get(address, "*/*");
        for (String wanted : List.of("spec.v3@v1.0", "spec.v3.v1.0")) {
            HttpResponse<byte[]> document =
                    get(address, "application/com.github.proto-openapi." + wanted + "+protobuf");
            assertThat(document.statusCode()).isEqualTo(200);
            assertThat(type(document)).isEqualTo("application/com.github.proto-openapi.spec.v3.v1.0+protobuf");
            assertThat(document.headers().firstValue("Vary")).contains("Accept");
            assertThat(document.headers().firstValue("ETag"))
                    .isEqualTo(json.headers().firstValue("ETag"));
            assertThat(document.body()).isNotEqualTo(json.body());
        }
        assertThat(type(json)).isEqualTo("application/json");
        assertThat(code("/openapi/v3/apis/apps/v1", "application/xml")).isEqualTo(406);
    }

    @Test
    void discoveryComesInOnePieceForWhoAsksForIt() {
        for (String version : List.of("v2", "v2beta1")) {
            String wanted = "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList";
            HttpResponse<byte[]> reply = get("/apis", "application/json," + wanted);
            assertThat(type(reply)).isEqualTo(wanted);
            assertThat(reply.headers().firstValue("Vary")).contains("Accept");
            assertThat(reply.headers().firstValue("Cache-Control")).contains("public");
            JsonNode list = Json.read(reply.body());
            assertThat(list.path("apiVersion").asString()).isEqualTo("apidiscovery.k8s.io/" + version);
            JsonNode apps = named(list.path("items"), "apps");
            JsonNode current = apps.path("versions").path(0);
            assertThat(current.path("freshness").asString()).isEqualTo("Current");
            JsonNode deployments = current.path("resources")
                    .valueStream()
                    .filter(each -> each.path("resource").asString().equals("deployments"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Json.string(deployments))
                    .contains(
                            "\"responseKind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"}",
                            "\"scope\":\"Namespaced\"",
                            "\"singularResource\":\"deployment\"",
                            "\"shortNames\":[\"deploy\"]",
                            "\"categories\":[\"all\"]",
                            "{\"subresource\":\"scale\",\"responseKind\":{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"},\"verbs\":[\"get\",\"patch\",\"update\"]}");
            String tag = reply.headers().firstValue("ETag").orElseThrow();
            assertThat(server.bytes(server.request("/apis")
                                    .header("Accept", wanted)
                                    .header("If-None-Match", tag))
                            .statusCode())
                    .isEqualTo(304);
        }
        JsonNode legacy = Json.read(get("/apis", "application/json").body());
        assertThat(legacy.path("kind").asString()).isEqualTo("APIGroupList");
        assertThat(legacy.path("groups").path(1).path("name").asString())
                .as("the order of preference")
                .isEqualTo("apps");
    }

    @Test
    void discoveryIsProtobufToo() throws IOException {
        Meta.APIResourceList list = Meta.APIResourceList.parseFrom(
                unwrapped(get("/api/v1", PROTOBUF).body(), "APIResourceList"));
        assertThat(list.getResourcesList())
                .anySatisfy(each -> assertThat(each.getName()).isEqualTo("pods/status"));
        assertThat(Meta.APIGroupList.parseFrom(unwrapped(get("/apis", PROTOBUF).body(), "APIGroupList"))
                        .getGroupsList())
                .anySatisfy(each -> assertThat(each.getName()).isEqualTo("apps"));
        assertThat(type(get("/version", PROTOBUF))).isEqualTo("application/json");
    }

    private static JsonNode named(JsonNode items, String name) {
        return items.valueStream()
                .filter(each -> each.path("metadata").path("name").asString("").equals(name))
                .findFirst()
                .orElseThrow();
    }
}
