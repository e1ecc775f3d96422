package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class FlowControlObjectsTest {

    private static final String GROUP = "flowcontrol.apiserver.k8s.io";
    private static final String AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";

    private final ResourceRegistry registry = ResourceRegistry.builtIn();
    private final ResourceType levels = registry.require(GROUP, "v1", "prioritylevelconfigurations");
    private final ResourceType schemas = registry.require(GROUP, "v1", "flowschemas");
    private final ObjectStore store = new InMemoryStore().objectStore();
    private final FlowControlObjects objects = new FlowControlObjects(
            new PublishedObjects(
                    store, (resource, key) -> Optional.empty(), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)),
            registry);

    @BeforeEach
    void publish() {
        objects.publish();
    }

    private StoredObject stored(ResourceType type, String name) {
        return store.get(type, ObjectKey.clusterScoped(name)).join().orElseThrow();
    }

    private JsonNode spec(ResourceType type, String name) {
        return stored(type, name).tree().path("spec");
    }

    private void change(ResourceType type, String name, Consumer<ObjectNode> how) {
        StoredObject present = stored(type, name);
        ObjectNode next = present.tree();
        how.accept(next);
        store.update(type, ObjectKey.clusterScoped(name), present.revision(), next)
                .join();
    }

    private static Consumer<ObjectNode> shares(String type, int shares) {
        return level -> ((ObjectNode) level.path("spec").path(type)).put("nominalConcurrencyShares", shares);
    }

    private static Consumer<ObjectNode> marked(String value) {
        return level -> Absent.object(KubeObject.metadata(level), "annotations").put(AUTO_UPDATE, value);
    }

    @Test
    void whatIsRightIsNotWritten() {
        long revision = store.currentRevision().join();

        objects.publish();

        assertThat(store.currentRevision().join()).isEqualTo(revision);
    }

    @Test
    void mandatoryObjectsComeBackAsTheyWere() {
        JsonNode level = spec(levels, "catch-all");
        JsonNode schema = spec(schemas, "catch-all");
        StoredObject gone = stored(levels, "exempt");
        store.delete(levels, gone.key(), gone.revision(), gone.tree()).join();
        change(levels, "catch-all", shares("limited", 77).andThen(marked("false")));
        change(schemas, "catch-all", each -> ((ObjectNode) each.path("spec")).put("matchingPrecedence", 1));

        objects.publish();

        assertThat(spec(levels, "exempt").path("type").asString()).isEqualTo("Exempt");
        assertThat(spec(levels, "catch-all")).isEqualTo(level);
        assertThat(spec(schemas, "catch-all")).isEqualTo(schema);
        assertThat(stored(levels, "catch-all")
                        .tree()
                        .path("metadata")
                        .path("annotations")
                        .path(AUTO_UPDATE)
                        .asString())
                .isEqualTo("true");
    }

    @Test
    void theSharesOfTheExemptLevelMayBeChosen() {
        change(levels, "exempt", shares("exempt", 9));

        objects.publish();

        assertThat(spec(levels, "exempt")
                        .path("exempt")
                        .path("nominalConcurrencyShares")
                        .asInt())
                .isEqualTo(9);
    }

    @Test
    void suggestedObjectsAreKeptUnlessSomebodySaysThatTheyKeepThem() {
        JsonNode suggested = spec(levels, "workload-low");
        change(levels, "workload-low", shares("limited", 77));
        change(levels, "workload-high", shares("limited", 78).andThen(marked("false")));

        objects.publish();

        assertThat(spec(levels, "workload-low")).isEqualTo(suggested);
        assertThat(stored(levels, "workload-low")
                        .tree()
                        .path("metadata")
                        .path("generation")
                        .asLong())
                .isEqualTo(2);
        assertThat(spec(levels, "workload-high")
                        .path("limited")
                        .path("nominalConcurrencyShares")
                        .asInt())
                .isEqualTo(78);
    }

    @Test
    void withoutTheAnnotationTheGenerationTells() {
        change(levels, "system", level -> KubeObject.metadata(level).remove("annotations"));
        change(levels, "node-high", shares("limited", 77).andThen(level -> {
            KubeObject.metadata(level).remove("annotations");
            KubeObject.metadata(level).put("generation", 2);
        }));

        objects.publish();

        assertThat(stored(levels, "system")
                        .tree()
                        .path("metadata")
                        .path("annotations")
                        .path(AUTO_UPDATE)
                        .asString())
                .isEqualTo("true");
        assertThat(spec(levels, "node-high")
                        .path("limited")
                        .path("nominalConcurrencyShares")
                        .asInt())
                .isEqualTo(77);
        assertThat(stored(levels, "node-high")
                        .tree()
                        .path("metadata")
                        .path("annotations")
                        .path(AUTO_UPDATE)
                        .asString())
                .isEqualTo("false");
    }
}
