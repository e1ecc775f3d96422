package io.kybern.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.testing.PropertySeeds;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Whatever happens to events between the store and the informer — lost, doubled, late, the reader attached anew, lists that fail —
 * cache and handlers end with the store's state, and a cache that says it has a revision has it. To run one seed again: {@code
 * -Dkybern.seed=…}; to run others than the usual dozen: {@code -Dkybern.seeds=…} and their number.
 */
@Timeout(120)
final class InformerPropertyTest {

    static LongStream seeds() {
        return PropertySeeds.of(12);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void endsWithTheStoresState(long seed) throws InterruptedException {
        Random random = new Random(seed);
        Model model = new Model();
        Random failing = new Random(seed + 1);
        StreamInformerFactory factory = new StreamInformerFactory(
                EventTopics.of(ResourceRegistry.builtIn()),
                new InformerProperties(
                        Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofMinutes(10), Duration.ofMillis(1)),
                Clock.systemUTC());
        Informer<JsonNode> informer = factory.informer(Model.spec(() -> {
            synchronized (failing) {
                if (failing.nextInt(4) == 0) {
                    throw new IOException("the API server is away");
                }
            }
            return model.list();
        }));
        Map<ObjectKey, JsonNode> mirror = new ConcurrentHashMap<>();
        informer.onChange(change -> {
            if (change.after() == null) {
                mirror.remove(change.key());
            } else {
                mirror.put(change.key(), change.after());
            }
        });
        factory.start();
        factory.attached(List.of(Model.TOPIC));
        List<ObjectEvent> late = new ArrayList<>();
        List<ObjectEvent> bundle = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            step(random, model, factory, late, bundle);
            if (random.nextInt(20) == 0) {
                long revision = informer.revision();
                for (Map.Entry<ObjectKey, JsonNode> each : model.objects().entrySet()) {
                    long at = Long.parseLong(KubeObject.resourceVersion(each.getValue()));
                    if (at <= revision) {
                        assertThat(informer.get(each.getKey()))
                                .as("seed %d: %s at %d, informer at %d", seed, each.getKey(), at, revision)
                                .isPresent();
                    }
                }
            }
        }
        bundle.add(model.bookmark());
        factory.accept(bundle);
        Awaitility.await("seed " + seed).untilAsserted(() -> {
            assertThat(Model.names(informer.list()))
                    .isEqualTo(Model.names(model.objects().values()));
            assertThat(Model.names(new TreeMap<>(mirror).values()))
                    .isEqualTo(Model.names(model.objects().values()));
        });
        assertThat(informer.await(model.revision(), Duration.ofSeconds(30)))
                .as("seed %d reaches revision %d", seed, model.revision())
                .isTrue();
        factory.close();
    }

    /** One step of the store, and what of it comes into the bundle that is read next. */
    private static void step(
            Random random, Model model, StreamInformerFactory factory, List<ObjectEvent> late, List<ObjectEvent> bundle)
            throws InterruptedException {
        ObjectKey key = new ObjectKey("default", "p" + random.nextInt(10));
        ObjectEvent event =
                model.objects().containsKey(key) && random.nextInt(3) == 0 ? model.delete(key) : model.put(key);
        switch (random.nextInt(12)) {
            case 0 -> {
                // lost
            }
            case 1 -> {
                bundle.add(event);
                bundle.add(event);
            }
            case 2 -> late.add(event);
            case 3 -> {
                bundle.add(event);
                if (!late.isEmpty()) {
                    bundle.add(late.remove(random.nextInt(late.size())));
                }
            }
            case 4 -> {
                model.elsewhere();
                bundle.add(event);
                bundle.add(model.bookmark());
            }
            case 5 -> {
                if (random.nextInt(4) == 0) {
                    // what was read and not taken in yet is gone with the assignment
                    bundle.clear();
                    factory.attached(List.of(Model.TOPIC));
                } else {
                    bundle.add(event);
                }
            }
            default -> bundle.add(event);
        }
        if (random.nextInt(3) > 0) {
            factory.accept(List.copyOf(bundle));
            bundle.clear();
        }
    }
}
