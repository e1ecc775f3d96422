package io.kybern.schema.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.schema.RandomObjects;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
import io.kybern.testing.PropertySeeds;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** What holds for any object of any type; a failure names the seed, which {@code -Dkybern.seed} repeats. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ApplyPropertiesTest {

    private static final int ROUNDS = 15;
    private static final SchemaCatalog CATALOG = SchemaCatalog.builtIn();
    private static final List<ResourceType> TYPES = ResourceRegistry.builtIn().all().stream()
            .filter(ResourceType::stored)
            .toList();
    private static final FieldManager FIRST =
            new FieldManager("one", "", Instant.EPOCH.plusSeconds(1), FieldManager.Part.WHOLE);
    private static final FieldManager SECOND =
            new FieldManager("two", "", Instant.EPOCH.plusSeconds(2), FieldManager.Part.WHOLE);

    private interface Property {
        void check(ObjectNode one, ObjectNode other, Schema schema);
    }

    @Test
    void setsFollowTheLawsOfSets() {
        always((one, other, schema) -> {
            FieldSet a = TypedMerge.fields(one, schema);
            FieldSet b = TypedMerge.fields(other, schema);
            assertThat(a.union(b)).isEqualTo(b.union(a));
            assertThat(a.intersection(b)).isEqualTo(b.intersection(a));
            assertThat(a.difference(b).union(a.intersection(b))).isEqualTo(a);
            assertThat(a.difference(a).isEmpty()).isTrue();
            assertThat(a.difference(b).intersection(b).isEmpty()).isTrue();
            assertThat(FieldSet.of(a.toJson())).isEqualTo(a);
        });
    }

    @Test
    void comparingTellsWhatMergingChanges() {
        always((one, other, schema) -> {
            assertThat(Comparison.of(one, one, schema).isEmpty()).isTrue();
            Comparison there = Comparison.of(one, other, schema);
            Comparison back = Comparison.of(other, one, schema);
            assertThat(there.changed().union(there.removed()))
                    .isEqualTo(back.changed().union(back.removed()));
            ObjectNode merged = (ObjectNode) TypedMerge.merge(one, other, schema);
            assertThat(Comparison.of(one, merged, schema).removed().isEmpty()).isTrue();
            assertThat(TypedMerge.fields(other, schema)
                            .difference(TypedMerge.fields(merged, schema).withNamedFields(schema))
                            .isEmpty())
                    .isTrue();
        });
    }

    @Test
    void applyingTwiceIsApplyingOnce() {
        always((one, other, schema) -> {
            ObjectNode live = ServerSideApply.apply(null, one, FIRST, false, schema, Versions.alike(schema));
            ObjectNode once = ServerSideApply.apply(live, other, SECOND, true, schema, Versions.alike(schema));
            ObjectNode twice = ServerSideApply.apply(once, other, SECOND, false, schema, Versions.alike(schema));
            assertThat(twice).isEqualTo(once);
        });
    }

    @Test
    void withoutOtherOwnersTheConfigurationIsTheObject() {
        always((one, other, schema) -> {
            ObjectNode live = ServerSideApply.apply(null, one, FIRST, false, schema, Versions.alike(schema));
            ObjectNode next = ServerSideApply.apply(live, other, FIRST, false, schema, Versions.alike(schema));
            KubeObject.metadata(next).remove("managedFields");
            // what is never owned stays; what is of a declared object type may stay empty
            FieldSet left = TypedMerge.fields(next, schema)
                    .difference(TypedMerge.fields(other, schema).withNamedFields(schema))
                    .without("metadata");
            assertThat(left.intersection(TypedMerge.fields(one, schema)).isEmpty())
                    .as("%s is left of %s", left, one)
                    .isTrue();
        });
    }

    @Test
    void everyFieldOfAConfigurationGetsAnOwner() {
        always((one, other, schema) -> {
            ObjectNode live = one.deepCopy();
            ServerSideApply.trackUpdate(
                    null, live, FIRST, one.path("apiVersion").asString(), schema, Versions.alike(schema));
            ObjectNode next = ServerSideApply.apply(live, other, SECOND, true, schema, Versions.alike(schema));
            FieldSet owned = new FieldSet();
            for (var entry : next.at("/metadata/managedFields")) {
                owned = owned.union(FieldSet.of(entry.path("fieldsV1")));
            }
            FieldSet wanted = TypedMerge.fields(other, schema)
                    .without("metadata")
                    .without("kind")
                    .without("apiVersion");
            assertThat(wanted.difference(owned).isEmpty()).isTrue();
        });
    }

    private static void always(Property property) {
        for (long seed : PropertySeeds.of(ROUNDS).toArray()) {
            for (ResourceType type : TYPES) {
                RandomObjects objects = new RandomObjects(new Random(seed));
                Schema schema = CATALOG.schema(type.gvk()).orElseThrow();
                try {
                    property.check(object(objects, schema, type.gvk()), object(objects, schema, type.gvk()), schema);
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", " + type.gvk() + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private static ObjectNode object(RandomObjects objects, Schema schema, GroupVersionKind kind) {
        ObjectNode object = objects.object(schema);
        object.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
        KubeObject.metadata(object).remove("managedFields");
        return object;
    }
}
