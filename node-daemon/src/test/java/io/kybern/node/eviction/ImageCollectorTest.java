package io.kybern.node.eviction;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ImageCollectorTest {

    private static final Supply.Level EMPTY = new Supply.Level(1000, 500);
    private static final Supply.Level FULL = new Supply.Level(1000, 100);

    private final List<ImageDetails> images = new ArrayList<>();
    private final Set<String> inUse = new HashSet<>();
    private final Set<String> named = new HashSet<>();
    private final Set<String> gone = new HashSet<>();
    private final List<String> removed = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private ImageCollector collector;

    @BeforeEach
    void collector() {
        collect(ImageCollectionProperties.DEFAULTS);
    }

    private void collect(ImageCollectionProperties settings) {
        InstantSource source = () -> now;
        collector = new ImageCollector(settings, engine(), () -> named, source.withZone(ZoneOffset.UTC));
    }

    private ContainerRuntime engine() {
        return (ContainerRuntime) Proxy.newProxyInstance(
                ContainerRuntime.class.getClassLoader(),
                new Class<?>[] {ContainerRuntime.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "images" -> List.copyOf(images);
                    case "image" ->
                        images.stream()
                                .filter(image -> image.names()
                                        .contains(String.valueOf(arguments[0]).replace("docker.io/library/", "")))
                                .findFirst();
                    case "imagesInUse" -> Set.copyOf(inUse);
                    case "removeImage" -> {
                        String name = String.valueOf(arguments[0]);
                        removed.add(name);
                        if (gone.contains(name)) {
                            throw RuntimeFailure.answered(
                                    RuntimeFailure.Kind.NOT_FOUND, "no such image", new IllegalStateException(name));
                        }
                        yield null;
                    }
                    default -> throw new AssertionError("nobody asks for " + method.getName());
                });
    }

    private void pulled(String name) {
        images.add(new ImageDetails("id-" + name, List.of(name + "@sha256:" + name, name + ":1"), 60, "", Map.of()));
    }

    @Test
    void onlyAFullDiskCostsImages() {
        pulled("a");
        collector.look(EMPTY);
        now = now.plus(Duration.ofHours(1));
        collector.look(EMPTY);
        assertThat(removed).isEmpty();
    }

    @Test
    void thoseUsedLongestAgoGoFirstAndNoMoreThanNeeded() {
        pulled("older");
        pulled("newer");
        pulled("used");
        pulled("mounted");
        inUse.addAll(Set.of("id-older", "id-newer", "id-used"));
        named.addAll(Set.of("docker.io/library/mounted:1", "no name", "absent:1"));
        collector.look(EMPTY);
        now = now.plus(Duration.ofMinutes(10));
        inUse.remove("id-older");
        collector.look(EMPTY);
        now = now.plus(Duration.ofMinutes(10));
        inUse.remove("id-newer");
        collector.look(new Supply.Level(1000, 140));
        assertThat(removed).containsExactly("older@sha256:older", "older:1");
        removed.clear();
        collector.look(FULL);
        assertThat(removed).contains("newer:1").doesNotContain("used:1", "mounted:1");
    }

    @Test
    void imagesThatNoRegistryGaveStay() {
        images.add(new ImageDetails("id-built", List.of("built:1"), 60, "", Map.of()));
        collector.look(EMPTY);
        now = now.plus(Duration.ofHours(1));
        collector.look(FULL);
        assertThat(removed).isEmpty();
    }

    @Test
    void anImageThatJustCameStays() {
        pulled("fresh");
        collector.look(FULL);
        assertThat(collector.freeAll()).isFalse();
        now = now.plus(Duration.ofMinutes(3));
        assertThat(collector.freeAll()).isTrue();
        assertThat(removed).contains("fresh:1");
    }

    @Test
    void aNameThatIsGoneWithAnotherDoesNotStopIt() {
        pulled("twice");
        collector.look(EMPTY);
        now = now.plus(Duration.ofHours(1));
        gone.add("twice@sha256:twice");
        assertThat(collector.freeAll()).isTrue();
        assertThat(removed).containsExactly("twice@sha256:twice", "twice:1");
    }

    @Test
    void anImageThatNothingUsedForTooLongGoesFromAnEmptyDisk() {
        collect(new ImageCollectionProperties(85, 80, Duration.ofMinutes(2), Duration.ofHours(5)));
        pulled("a");
        pulled("b");
        inUse.add("id-b");
        collector.look(EMPTY);
        now = now.plus(Duration.ofHours(4));
        collector.look(EMPTY);
        assertThat(removed).isEmpty();
        inUse.clear();
        now = now.plus(Duration.ofHours(2));
        collector.look(EMPTY);
        assertThat(removed).contains("a:1").doesNotContain("b:1");
    }
}
