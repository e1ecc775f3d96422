package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ReferencedObjects;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalPodVolumesTest {

    @TempDir
    Path root;

    private static Pod pod(@Nullable Long fsGroup) {
        return new PodBuilder()
                .withNewMetadata()
                .withUid("u")
                .withName("p")
                .withNamespace("ns")
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .withNewSecurityContext()
                .withFsGroup(fsGroup)
                .endSecurityContext()
                .addNewVolume()
                .withName("v")
                .withNewDownwardAPI()
                .addNewItem()
                .withPath("labels")
                .withMode(0400)
                .withNewFieldRef("v1", "metadata.labels")
                .endItem()
                .endDownwardAPI()
                .endVolume()
                .endSpec()
                .build();
    }

    @Test
    void whatTheNodeWritesIsReadableByTheGroupAndWritableByNobodyMore() throws Exception {
        List<List<String>> commands = new ArrayList<>();
        LocalPodVolumes volumes = new LocalPodVolumes(
                root,
                new NoObjects(),
                (command, input) -> {
                    commands.add(command);
                    return "";
                },
                reference -> List.of(),
                Clock.systemUTC());

        Path volume = volumes.prepare(pod(1001L), new PodFacts(List.of(), List.of(), Map.of()))
                .get("v");

        assertThat(volume.resolve("labels")).hasContent("app=\"web\"");
        String fresh = volume.resolve("..data").toRealPath().toString();
        assertThat(commands)
                .containsExactly(
                        List.of("chgrp", "1001", volume.toString()),
                        List.of("chmod", "g+rxs", volume.toString()),
                        List.of("chgrp", "-R", "1001", fresh),
                        List.of("chmod", "-R", "ug+rX", fresh));
    }

    @Test
    void withoutAGroupModesStayAsTheyWereAskedFor() throws Exception {
        LocalPodVolumes volumes = new LocalPodVolumes(
                root,
                new NoObjects(),
                (command, input) -> {
                    throw new AssertionError("no command is needed, but " + command);
                },
                reference -> List.of(),
                Clock.systemUTC());

        Path volume = volumes.prepare(pod(null), new PodFacts(List.of(), List.of(), Map.of()))
                .get("v");

        assertThat(java.nio.file.Files.getPosixFilePermissions(volume.resolve("labels")))
                .isEqualTo(AtomicDirectory.permissions(0400));
    }

    @Test
    void anImageIsSeenAsTheEngineKeepsIt() throws Exception {
        List<List<String>> commands = new ArrayList<>();
        LocalPodVolumes volumes = new LocalPodVolumes(
                root,
                new NoObjects(),
                (command, input) -> {
                    commands.add(command);
                    return "";
                },
                reference -> List.of("/layers/" + reference + "/top", "/layers/" + reference + "/base"),
                Clock.systemUTC());
        Pod pod = new PodBuilder(pod(null))
                .editSpec()
                .withVolumes(new VolumeBuilder()
                        .withName("files")
                        .withNewImage("IfNotPresent", "data")
                        .build())
                .endSpec()
                .build();

        Path volume = volumes.prepare(pod, new PodFacts(List.of(), List.of(), Map.of()))
                .get("files");

        assertThat(commands)
                .containsExactly(List.of(
                        "mount",
                        "-t",
                        "overlay",
                        "-o",
                        "ro,nosuid,nodev,noexec,lowerdir=/layers/data/top:/layers/data/base:"
                                + root.resolve(".nothing"),
                        "image",
                        volume.toString()));
    }

    /** Pods here name no other object. */
    private static final class NoObjects implements ReferencedObjects {

        @Override
        public Optional<ConfigMap> configMap(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<Secret> secret(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<PersistentVolume> persistentVolume(String name) {
            return Optional.empty();
        }

        @Override
        public Collection<Service> services(String namespace) {
            return List.of();
        }

        @Override
        public BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) {
            throw new AssertionError("nobody asks for a token");
        }
    }
}
