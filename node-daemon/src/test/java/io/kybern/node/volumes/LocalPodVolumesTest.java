package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.testing.MutableClock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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
                wanted -> true,
                Clock.systemUTC());

        Path volume = volumes.prepare(pod(1001L), new PodFacts(List.of(), List.of(), Map.of(), 0))
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
                wanted -> true,
                Clock.systemUTC());

        Path volume = volumes.prepare(pod(null), new PodFacts(List.of(), List.of(), Map.of(), 0))
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
                wanted -> true,
                Clock.systemUTC());
        Pod pod = new PodBuilder(pod(null))
                .editSpec()
                .withVolumes(new VolumeBuilder()
                        .withName("files")
                        .withNewImage("IfNotPresent", "data")
                        .build())
                .endSpec()
                .build();

        Path volume = volumes.prepare(pod, new PodFacts(List.of(), List.of(), Map.of(), 0))
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

    @Test
    void aTokenIsNewInTheMountWhenFourFifthsOfItsTimeArePast() throws Exception {
        MutableClock clock = new MutableClock();
        AtomicInteger asked = new AtomicInteger();
        LocalPodVolumes volumes = new LocalPodVolumes(
                root,
                new NoObjects() {
                    @Override
                    public BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) {
                        return new BoundToken(
                                audience + "-" + asked.incrementAndGet(),
                                clock.instant().plus(lifetime));
                    }
                },
                (command, input) -> "",
                reference -> List.of(),
                wanted -> true,
                clock);
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: u }
                spec:
                  containers: []
                  volumes:
                  - name: v
                    projected: { sources: [{ serviceAccountToken: { path: token, audience: vault, expirationSeconds: 600 } }] }
                """, Pod.class);
        PodFacts facts = new PodFacts(List.of(), List.of(), Map.of(), 0);

        Path token = volumes.prepare(pod, facts).get("v").resolve("token");
        assertThat(token).hasContent("vault-1");
        clock.advance(Duration.ofSeconds(479));
        volumes.prepare(pod, facts);
        assertThat(token).hasContent("vault-1");
        clock.advance(Duration.ofSeconds(1));
        volumes.prepare(pod, facts);
        assertThat(token).hasContent("vault-2");
        assertThat(volumes.paths("u")).containsKey("v");
        volumes.release("u");
        assertThat(volumes.paths("u")).isEmpty();
    }

    @Test
    void everyVolumeThatIsNotReadyIsNamedAndTheOthersAreReady() {
        LocalPodVolumes volumes = new LocalPodVolumes(
                root,
                new NoObjects(),
                (command, input) -> "",
                reference -> List.of(),
                wanted -> true,
                Clock.systemUTC());
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: u }
                spec:
                  containers: []
                  volumes:
                  - { name: m, configMap: { name: settings } }
                  - { name: e, emptyDir: {} }
                  - { name: s, secret: { secretName: keys } }
                  - { name: d, persistentVolumeClaim: { claimName: data } }
                """, Pod.class);

        assertThatExceptionOfType(VolumeException.class)
                .isThrownBy(() -> volumes.prepare(pod, new PodFacts(List.of(), List.of(), Map.of(), 0)))
                .satisfies(first -> assertThat(first.all().map(Throwable::getMessage))
                        .containsExactly(
                                "MountVolume.SetUp failed for volume \"m\" : configmap \"settings\" not found",
                                "MountVolume.SetUp failed for volume \"s\" : secret \"keys\" not found",
                                "Unable to attach or mount volumes: unmounted volumes=[d], unattached volumes=[],"
                                        + " failed to process volumes=[d]: error processing PVC ns/data: failed to fetch PVC"
                                        + " from API server: persistentvolumeclaims \"data\" not found"));
        assertThat(volumes.paths("u")).containsOnlyKeys("e");
    }

    /** Pods here name no other object. */
    private static class NoObjects implements ReferencedObjects {

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
