package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ReferencedObjects;
import java.io.IOException;
import java.nio.file.Files;
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
class ClaimedVolumesTest {

    @TempDir
    private Path root;

    private final Objects objects = new Objects();
    private final List<List<String>> commands = new ArrayList<>();

    private final Pod pod = new PodBuilder()
            .withNewMetadata()
            .withUid("u")
            .withName("p")
            .withNamespace("ns")
            .endMetadata()
            .withNewSpec()
            .addNewVolume()
            .withName("v")
            .withNewPersistentVolumeClaim("data", false)
            .endVolume()
            .endSpec()
            .build();

    private static PersistentVolumeClaimBuilder claim(String phase, String volume) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("data")
                .withNamespace("ns")
                .withUid("claim-uid")
                .endMetadata()
                .withNewSpec()
                .withVolumeName(volume)
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus();
    }

    private static PersistentVolumeBuilder volume(String claimedBy) {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pv")
                .endMetadata()
                .withNewSpec()
                .withNewClaimRef()
                .withUid(claimedBy)
                .endClaimRef()
                .endSpec();
    }

    private Path prepare(Pod of) throws VolumeException {
        return prepare(volumes(), of);
    }

    private static Path prepare(LocalPodVolumes volumes, Pod of) throws VolumeException {
        return volumes.prepare(of, new PodFacts(List.of(), List.of(), Map.of(), 0))
                .get("v");
    }

    private LocalPodVolumes volumes() {
        return new LocalPodVolumes(
                root.resolve("pods"),
                objects,
                (command, input) -> {
                    commands.add(command);
                    return "";
                },
                reference -> List.of(),
                wanted -> wanted.getNodeSelectorTerms().isEmpty(),
                Clock.systemUTC());
    }

    @Test
    void aVolumeOfThisNodeIsGivenToItsGroupOnceForEachPod() throws Exception {
        Path place = Files.createDirectory(root.resolve("disk"));
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editSpec()
                .withNewLocal()
                .withPath(place.toString())
                .endLocal()
                .endSpec()
                .build();
        Pod grouped = new PodBuilder(pod)
                .editSpec()
                .withNewSecurityContext()
                .withFsGroup(1001L)
                .endSecurityContext()
                .endSpec()
                .build();
        LocalPodVolumes volumes = volumes();
        assertThat(prepare(volumes, grouped)).isEqualTo(place);
        int changes = commands.size();
        assertThat(commands).contains(List.of("chgrp", "-R", "1001", place.toString()));

        // configuration under running containers is brought up to date now and then
        assertThat(prepare(volumes, grouped)).isEqualTo(place);
        assertThat(commands).hasSize(changes);

        Pod next = new PodBuilder(grouped)
                .editMetadata()
                .withUid("v")
                .endMetadata()
                .build();
        prepare(volumes, next);
        assertThat(commands).hasSizeGreaterThan(changes);
    }

    @Test
    void aPodWaitsUntilItsClaimIsThereAndBound() {
        assertThatThrownBy(() -> prepare(pod))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("persistentvolumeclaims \"data\" not found");
        objects.claim = claim("Pending", "").build();
        assertThatThrownBy(() -> prepare(pod)).hasMessageContaining("error processing PVC ns/data: PVC is not bound");
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("somebody else").build();
        assertThatThrownBy(() -> prepare(pod)).hasMessageContaining("bound to another claim");
    }

    @Test
    void aVolumeOfAnotherNodeIsNotUsedAndNothingIsMadeForIt() {
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editMetadata()
                .addToAnnotations("pv.kubernetes.io/provisioned-by", "kybern.io/local-path")
                .endMetadata()
                .editSpec()
                .withNewHostPath(root.resolve("local-path/pv").toString(), "")
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey("metadata.name")
                .withOperator("In")
                .withValues("other")
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();

        assertThatThrownBy(() -> prepare(pod))
                .hasMessage("MountVolume.NodeAffinity check failed for volume \"pv\" : no matching NodeSelectorTerms");
        assertThat(root.resolve("local-path")).doesNotExist();
    }

    @Test
    void aBoundClaimLeadsToTheDirectoryOfItsVolume() throws Exception {
        Path disk = Files.createDirectories(root.resolve("disk"));
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editSpec()
                .withNewLocal(null, disk.toString())
                .endSpec()
                .build();
        assertThat(prepare(pod)).isEqualTo(disk);

        objects.volume = volume("claim-uid")
                .editSpec()
                .withNewHostPath(root.resolve("made").toString(), "DirectoryOrCreate")
                .endSpec()
                .build();
        assertThat(prepare(pod)).isEqualTo(root.resolve("made")).isDirectory();
    }

    private void blockVolume(Path path) {
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editSpec()
                .withVolumeMode("Block")
                .withNewLocal(null, path.toString())
                .endSpec()
                .build();
    }

    @Test
    void aBlockVolumeThatIsNoDeviceIsRefused() {
        blockVolume(root);
        assertThatThrownBy(() -> prepare(pod))
                .hasMessage("MapVolume.MapPodDevice failed for volume \"pv\" : " + root + " is not a block device")
                .extracting(e -> ((VolumeException) e).reason())
                .isEqualTo("FailedMapVolume");
    }

    @Test
    void aBlockVolumeIsItsDevice() throws Exception {
        Optional<Path> device;
        try (var all = Files.list(Path.of("/dev"))) {
            device = all.filter(ClaimedVolumesTest::isBlockDevice).findFirst();
        }
        assumeTrue(device.isPresent(), "this machine shows no block device");
        blockVolume(device.orElseThrow());
        assertThat(prepare(pod)).isEqualTo(device.orElseThrow());
    }

    private static boolean isBlockDevice(Path path) {
        try {
            return HostPaths.isBlockDevice(path);
        } catch (IOException unreadable) {
            return false;
        }
    }

    @Test
    void aDeviceIsNotMountedAndADirectoryIsNoDevice() {
        blockVolume(root);
        Pod mounting = new PodBuilder(pod)
                .editSpec()
                .addNewContainer()
                .withName("c")
                .addNewVolumeMount()
                .withName("v")
                .withMountPath("/v")
                .endVolumeMount()
                .endContainer()
                .endSpec()
                .build();
        assertThatThrownBy(() -> prepare(mounting))
                .hasMessageEndingWith("volume v has volumeMode Block, but is specified in volumeMounts");
        objects.volume = volume("claim-uid").build();
        Pod wanting = new PodBuilder(pod)
                .editSpec()
                .addNewContainer()
                .withName("c")
                .addNewVolumeDevice("/dev/x", "v")
                .endContainer()
                .endSpec()
                .build();
        assertThatThrownBy(() -> prepare(wanting))
                .hasMessageEndingWith("volume v has volumeMode Filesystem, but is specified in volumeDevices");
    }

    @Test
    void aLocalVolumeThatIsMissingIsNotMade() {
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editSpec()
                .withNewLocal(null, root.resolve("missing").toString())
                .endSpec()
                .build();
        assertThatThrownBy(() -> prepare(pod))
                .hasMessage("MountVolume.NewMounter initialization failed for volume \"pv\" : path \""
                        + root.resolve("missing") + "\" does not exist");
        assertThat(root.resolve("missing")).doesNotExist();
    }

    @Test
    void aVolumeOnAnotherMachineIsMountedWithItsOptions() throws Exception {
        objects.claim = claim("Bound", "pv").build();
        objects.volume = volume("claim-uid")
                .editSpec()
                .withMountOptions("hard")
                .withNewNfs("/exports/a", true, "files.example")
                .endSpec()
                .build();
        Path mounted = prepare(pod);
        assertThat(commands)
                .containsExactly(
                        List.of("mount", "-t", "nfs", "-o", "hard,ro", "files.example:/exports/a", mounted.toString()));
    }

    @Test
    void aVolumeOfThePodsOwnIsNotTakenFromAnother() {
        Pod own = new PodBuilder(pod)
                .editSpec()
                .withVolumes()
                .addNewVolume()
                .withName("v")
                .withNewEphemeral()
                .endEphemeral()
                .endVolume()
                .endSpec()
                .build();
        objects.claim = claim("Bound", "pv").build();
        assertThatThrownBy(() -> prepare(own)).hasMessageContaining("PVC ns/p-v was not created for pod ns/p");
    }

    /** One claim and one volume. */
    private static final class Objects implements ReferencedObjects {
        private @Nullable PersistentVolumeClaim claim;
        private @Nullable PersistentVolume volume;

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
            return Optional.ofNullable(claim);
        }

        @Override
        public Optional<PersistentVolume> persistentVolume(String name) {
            return Optional.ofNullable(volume);
        }

        @Override
        public Collection<Service> services(String namespace) {
            return List.of();
        }

        @Override
        public BoundToken token(Pod asking, @Nullable String audience, Duration lifetime) {
            throw new AssertionError("nobody asks for a token");
        }
    }
}
