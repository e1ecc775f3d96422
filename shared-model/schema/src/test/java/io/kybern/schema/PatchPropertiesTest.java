package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.testing.PropertySeeds;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** What holds for any object of any type; a failure names the seed, which {@code -Dkybern.seed} repeats. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PatchPropertiesTest {

    private static final int ROUNDS = 20;
    private static final SchemaCatalog CATALOG = SchemaCatalog.builtIn();
    private static final List<ResourceType> TYPES = ResourceRegistry.builtIn().all().stream()
            .filter(ResourceType::stored)
            .toList();

    private interface Property {
        void check(ObjectNode one, ObjectNode other, Schema schema, GroupVersionKind kind) throws PatchException;
    }

    @Test
    void emptyPatchesChangeNothing() throws PatchException {
        always((one, other, schema, kind) -> {
            assertThat(JsonMergePatch.apply(one, Json.object())).isEqualTo(one);
            assertThat(JsonPatch.apply(one, Json.array())).isEqualTo(one);
            assertThat(StrategicMerge.apply(one, Json.object(), schema)).isEqualTo(one);
        });
    }

    @Test
    void aDifferenceAppliedReachesTheTarget() throws PatchException {
        int[] merged = new int[1];
        always((one, other, schema, kind) -> {
            assertThat(JsonMergePatch.apply(one, Differ.mergePatch(one, other))).isEqualTo(other);
            assertThat(JsonPatch.apply(one, Differ.jsonPatch(one, other))).isEqualTo(other);
            ObjectNode strategic = Differ.strategicPatch(one, other, schema);
            assertThat(StrategicMerge.apply(one, strategic, schema))
                    .as("%s patched with %s", one, strategic)
                    .isEqualTo(other);
            merged[0] += strategic.toString().contains("$setElementOrder/") ? 1 : 0;
        });
        assertThat(merged[0]).as("patches that merge lists").isGreaterThan(10);
    }

    @Test
    void applyingTwiceIsApplyingOnce() throws PatchException {
        always((one, other, schema, kind) -> {
            ObjectNode merge = Differ.mergePatch(one, other);
            assertThat(JsonMergePatch.apply(JsonMergePatch.apply(one, merge), merge))
                    .isEqualTo(JsonMergePatch.apply(one, merge));
            ObjectNode strategic = Differ.strategicPatch(one, other, schema);
            ObjectNode once = StrategicMerge.apply(one, strategic, schema);
            assertThat(StrategicMerge.apply(once, strategic, schema))
                    .as("%s patched twice with %s", one, strategic)
                    .isEqualTo(once);
        });
    }

    @Test
    void whatIsWrittenIsReadAgain() throws PatchException {
        ObjectDecoder decoder = new ObjectDecoder(CATALOG);
        always((one, other, schema, kind) -> {
            one.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
            Decoded decoded = decoder.decode(Json.bytes(one), kind);
            assertThat(decoded.strictErrors()).isEmpty();
            assertThat(decoded.object()).isEqualTo(one);
        });
    }

    private static void always(Property property) throws PatchException {
        for (long seed : PropertySeeds.of(ROUNDS).toArray()) {
            for (ResourceType type : TYPES) {
                RandomObjects objects = new RandomObjects(new Random(seed));
                Schema schema = CATALOG.schema(type.gvk()).orElseThrow();
                try {
                    property.check(objects.object(schema), objects.object(schema), schema, type.gvk());
                } catch (AssertionError | PatchException | RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", " + type.gvk() + ": " + e.getMessage(), e);
                }
            }
        }
    }
}
