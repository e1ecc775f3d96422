package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Indexer;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PodFeedTest {

    private final AtomicReference<ResourceEventHandler<Pod>> handler = new AtomicReference<>();

    @SuppressWarnings("unchecked")
    private SharedIndexInformer<Pod> informer() {
        Object indexer = Proxy.newProxyInstance(
                Indexer.class.getClassLoader(),
                new Class<?>[] {Indexer.class},
                (proxy, method, arguments) -> List.of());
        return (SharedIndexInformer<Pod>) Proxy.newProxyInstance(
                SharedIndexInformer.class.getClassLoader(),
                new Class<?>[] {SharedIndexInformer.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "addEventHandler" -> {
                        handler.set((ResourceEventHandler<Pod>) arguments[0]);
                        yield proxy;
                    }
                    case "hasSynced" -> true;
                    case "getIndexer" -> indexer;
                    case "exceptionHandler" -> proxy;
                    default -> null;
                });
    }

    @Test
    void aPodThatTookTheNameOfAnotherEndsThatOne(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            PodFeed feed = new PodFeed(informer(), Set::of, runtime, fixture.keeper, timer);
            feed.start();
            Pod former = PodFixture.pod().build();
            handler.get().onAdd(former);
            await("it runs").atMost(Duration.ofSeconds(30)).until(() -> runtime.running("main")
                    .isPresent());

            // nobody told of the deletion: a list after an interruption shows only what there is now
            Pod latter = PodFixture.pod()
                    .editMetadata()
                    .withUid("v")
                    .withResourceVersion("2")
                    .endMetadata()
                    .build();
            handler.get().onUpdate(former, latter);

            await("only the latter is left").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                assertThat(runtime.list(Map.of(PodLabels.UID, "u"))).isEmpty();
                assertThat(runtime.list(Map.of(PodLabels.UID, "v"))).hasSize(2);
            });
            feed.stop();
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void aPodOfTheApiServerIsNoStaticPodWhateverItSays(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            PodFeed feed = new PodFeed(informer(), Set::of, runtime, fixture.keeper, timer);
            feed.start();
            Pod object = PodFixture.pod()
                    .editMetadata()
                    .addToAnnotations(StaticPod.SOURCE, StaticPod.FILE)
                    .endMetadata()
                    .build();
            handler.get().onAdd(object);
            await("it runs").atMost(Duration.ofSeconds(30)).until(() -> runtime.running("main")
                    .isPresent());
            assertThat(fixture.keeper.pods()).isNotEmpty().noneMatch(StaticPod::isStatic);
            assertThat(StaticPod.isStatic(object)).isTrue();
            feed.stop();
        } finally {
            timer.shutdownNow();
        }
    }
}
