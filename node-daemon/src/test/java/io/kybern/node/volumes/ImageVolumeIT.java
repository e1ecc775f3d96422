package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.command.ProcessCommandRunner;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.LocalEngine;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** An image of a real Docker Engine as a volume. */
@Timeout(120)
@EnabledIf("engineWhoseFilesAreHere")
class ImageVolumeIT {

    private static final String IMAGE = "kybern/testbox:1";
    private static final DockerSettings SETTINGS =
            new DockerSettings(Path.of("/var/run/docker.sock"), Duration.ofSeconds(30), -1);

    @TempDir
    Path root;

    static boolean engineWhoseFilesAreHere() {
        if (!Files.exists(SETTINGS.socket()) || !"root".equals(System.getProperty("user.name"))) {
            return false;
        }
        try (var runtime = LocalEngine.at(SETTINGS)) {
            return runtime.image(IMAGE).isPresent()
                    && runtime.imageLayers(IMAGE).stream().allMatch(layer -> Files.isDirectory(Path.of(layer)));
        } catch (Exception noEngine) {
            return false;
        }
    }

    private static ReferencedObjects unasked() {
        return (ReferencedObjects) Proxy.newProxyInstance(
                ReferencedObjects.class.getClassLoader(), new Class<?>[] {ReferencedObjects.class}, (p, method, a) -> {
                    throw new AssertionError("nobody asks for " + method.getName());
                });
    }

    @Test
    void aPodReadsTheFilesOfAnImageAndChangesNone() throws Exception {
        try (var runtime = LocalEngine.at(SETTINGS);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var volumes = new LocalPodVolumes(
                    root,
                    unasked(),
                    new ProcessCommandRunner(Duration.ofSeconds(30), threads),
                    runtime::imageLayers,
                    wanted -> true,
                    Clock.systemUTC());
            Pod pod = new PodBuilder()
                    .withNewMetadata()
                    .withUid("u")
                    .withName("p")
                    .withNamespace("ns")
                    .endMetadata()
                    .withNewSpec()
                    .addNewVolume()
                    .withName("files")
                    .withNewImage("Never", IMAGE)
                    .endVolume()
                    .endSpec()
                    .build();
            Path files = volumes.prepare(pod, new PodFacts(List.of(), List.of(), Map.of(), 0))
                    .get("files");
            try {
                assertThat(files.resolve("bin")).exists();
                assertThatThrownBy(() -> Files.writeString(files.resolve("mine"), "x"))
                        .isInstanceOf(IOException.class);
            } finally {
                volumes.remove("u");
            }
            assertThat(root.resolve("u")).doesNotExist();
        }
    }
}
