package io.kybern.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class OpenApiPartsTest {

    private static ObjectNode json(String text) {
        return (ObjectNode) Json.read(text.replace('\'', '"'));
    }

    private static final String REMOTE = """
            {'paths': {'/apis/x.io/v1/things': {'get': {'schema': {'$ref': '#/definitions/Thing'}}}, '/apis/x.io/v11/others': {},
             '/apis/other.io/v1/y': {'get': {'schema': {'$ref': '#/definitions/Other'}}}},
             'definitions': {'Thing': {'properties': {'meta': {'$ref': '#/definitions/Meta'}, 'self': {'$ref': '#/definitions/Thing'}}},
             'Meta': {'type': 'object'}, 'Other': {}}}""";

    @Test
    void takesThePathsOfOneApiAndWhatTheyLeadTo() {
        ObjectNode part = OpenApiParts.of(json(REMOTE), "/apis/x.io/v1");

        assertThat(part.path("paths").propertyNames()).containsExactly("/apis/x.io/v1/things");
        assertThat(part.path("definitions").propertyNames()).containsExactlyInAnyOrder("Thing", "Meta");
    }

    @Test
    void aDefinitionThatIsTheSameIsThereOnceAndAnotherOneUnderAnotherName() {
        ObjectNode part = OpenApiParts.of(json(REMOTE), "/apis/x.io/v1");
        ObjectNode own = json(
                "{'paths': {'/api': {}}, 'definitions': {'Meta': {'type': 'object'}, 'Thing': {'type': 'string'}}}");

        ObjectNode merged = OpenApiParts.merged(own, List.of(part));

        assertThat(merged.path("paths").propertyNames()).containsExactly("/api", "/apis/x.io/v1/things");
        assertThat(merged.path("definitions").propertyNames()).containsExactlyInAnyOrder("Meta", "Thing", "Thing_v2");
        assertThat(merged.at("/definitions/Thing/type").asString()).isEqualTo("string");
        assertThat(merged.at("/definitions/Thing_v2/properties/self/$ref").asString())
                .isEqualTo("#/definitions/Thing_v2");
        assertThat(merged.at("/paths/~1apis~1x.io~1v1~1things/get/schema/$ref").asString())
                .isEqualTo("#/definitions/Thing_v2");
    }
}
