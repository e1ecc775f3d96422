package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ImageProviderTest {

    private static final String IMAGE = "registry.example/app:1";

    @TempDir
    private Path directory;

    private final AtomicInteger pulls = new AtomicInteger();

    /** An engine that fetches what it is asked for, and then does not answer for a while. */
    private ContainerRuntime silentAfterPull(boolean[] silent) {
        return (ContainerRuntime) Proxy.newProxyInstance(
                ContainerRuntime.class.getClassLoader(),
                new Class<?>[] {ContainerRuntime.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "watch" -> (AutoCloseable) () -> {};
                    case "pull" -> {
                        silent[0] = true;
                        pulls.incrementAndGet();
                        yield null;
                    }
                    case "image" -> {
                        if (silent[0]) {
                            throw RuntimeFailure.unreachable("image", new IllegalStateException("silent"));
                        }
                        yield pulls.get() == 0
                                ? Optional.empty()
                                : Optional.of(new ImageDetails("sha256:2", List.of(IMAGE), 1, "", Map.of()));
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static String reasonOf(ThrowingCallable asked) {
        return catchThrowableOfType(ContainerFailure.class, asked).reason();
    }

    private static Container container(String policy) {
        return new ContainerBuilder()
                .withName("main")
                .withImage(IMAGE)
                .withImagePullPolicy(policy)
                .build();
    }

    @Test
    void anImageWhoseFetchHadAnUncertainEndIsNotTakenForAnyones() throws Exception {
        boolean[] silent = {false};
        try (PodFixture fixture = new PodFixture(silentAfterPull(silent), directory)) {
            ImagePulls shared = new ImagePulls(1, directory, ImageVerification.DEFAULT, Clock.systemUTC());
            Pod pod = fixture.pod().build();
            ImageProvider provider = new ImageProvider(fixture.ports(), shared);
            assertThat(reasonOf(() -> provider.ensure(pod, container("IfNotPresent"))))
                    .isEqualTo("ErrImagePull");
            silent[0] = false;
            assertThat(reasonOf(() -> provider.ensure(pod, container("Never")))).isEqualTo("ErrImageNeverPull");
            assertThat(shared.turns().availablePermits()).isEqualTo(1);
        }
    }

    @Test
    void aFetchThatCannotBeNotedFailsAndGivesItsTurnBack() throws Exception {
        try (PodFixture fixture = new PodFixture(silentAfterPull(new boolean[1]), directory)) {
            Path records = Files.createDirectories(directory.resolve("records"));
            Files.writeString(records.resolve("pulling"), "not a directory");
            ImagePulls shared = new ImagePulls(1, records, ImageVerification.DEFAULT, Clock.systemUTC());
            Pod pod = fixture.pod().build();
            ImageProvider provider = new ImageProvider(fixture.ports(), shared);
            assertThat(reasonOf(() -> provider.ensure(pod, container("IfNotPresent"))))
                    .isEqualTo("ErrImagePull");
            assertThat(pulls).hasValue(0);
            assertThat(shared.turns().availablePermits()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-5, 0s",
        "0, 0s",
        "287, 287ms",
        "1000, 1s",
        "1287, 1.287s",
        "61500, 1m1.5s",
        "60000, 1m0s",
        "3600000, 1h0m0s"
    })
    void timesAreWrittenAsKubeletsWriteThem(long millis, String text) {
        assertThat(ImageProvider.duration(Instant.EPOCH, Instant.ofEpochMilli(millis)))
                .isEqualTo(text);
    }
}
