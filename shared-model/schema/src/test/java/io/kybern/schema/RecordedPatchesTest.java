package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a Kubernetes 1.20 API server answered to patches. The answers also carry defaults, which are not looked at. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class RecordedPatchesTest {

    /** Later versions answer otherwise: an absent list is not created by a deletion, the decoding error names its step. */
    private static final Set<String> CHANGED_SINCE =
            Set.of("patch: strategic primitive delete", "json-patch: not array");

    private final SchemaCatalog catalog = SchemaCatalog.builtIn();

    static Stream<JsonNode> recorded() throws Exception {
        try (var in = Objects.requireNonNull(RecordedPatchesTest.class.getResourceAsStream("recorded-patches.json"))) {
            return StreamSupport.stream(Json.mapper().readTree(in).spliterator(), false)
                    .filter(each -> !CHANGED_SINCE.contains(each.path("case").asString()));
        }
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void givesTheRecordedOutcome(JsonNode recorded) throws PatchException {
        if (recorded.path("code").asInt() == 200) {
            assertContains(recorded.path("expected"), apply(recorded), "");
        } else {
            PatchException failure = catchThrowableOfType(PatchException.class, () -> apply(recorded));
            if (failure.kind() == PatchException.Kind.NOT_APPLICABLE) {
                assertThat(recorded.path("code").asInt()).isEqualTo(422);
            } else {
                assertThat(failure).hasMessage(recorded.path("message").asString());
            }
        }
    }

    private JsonNode apply(JsonNode recorded) throws PatchException {
        JsonNode target = recorded.path("target");
        JsonNode patch = recorded.path("patch");
        return switch (recorded.path("type").asString()) {
            case "json-patch" -> JsonPatch.apply(target, patch);
            case "merge-patch" -> JsonMergePatch.apply(target, patch);
            default ->
                StrategicMerge.apply(
                        (ObjectNode) target,
                        (ObjectNode) patch,
                        catalog.schema(GroupVersionKind.parse("apps/v1", "Deployment"))
                                .orElseThrow());
        };
    }

    private static void assertContains(JsonNode recorded, JsonNode ours, String path) {
        if (ours.isObject()) {
            ours.properties()
                    .forEach(each ->
                            assertContains(recorded.path(each.getKey()), each.getValue(), path + "." + each.getKey()));
        } else if (ours.isArray()) {
            assertThat(recorded.size()).as(path).isEqualTo(ours.size());
            for (int i = 0; i < ours.size(); i++) {
                assertContains(recorded.get(i), ours.get(i), path + "[" + i + "]");
            }
        } else {
            assertThat(recorded).as(path).isEqualTo(ours);
        }
    }
}
