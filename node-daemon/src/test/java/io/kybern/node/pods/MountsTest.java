package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.ContainerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a container sees its volumes. */
@Timeout(60)
class MountsTest {

    @Test
    void whoSeesWhatIsMountedLaterAndMayWriteIsAsThePodSays(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory.resolve("pods"))) {
            Path volume = Files.createDirectories(directory.resolve("v"));
            fixture.volumes.paths.put("v", volume);
            Pod pod = PodFixture.pod().build();
            pod.getSpec()
                    .getContainers()
                    .getFirst()
                    .setVolumeMounts(
                            Serialization.unmarshal("""
                            volumeMounts:
                            - { name: v, mountPath: /both, mountPropagation: Bidirectional }
                            - { name: v, mountPath: /from, mountPropagation: HostToContainer, readOnly: true }
                            - { name: v, mountPath: /none, mountPropagation: None }
                            - { name: v, mountPath: /own, subPath: a/b }
                            """, Container.class).getVolumeMounts());
            fixture.keeper.seen(pod);
            String id = await("it runs")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> runtime.running("main").orElse(""), each -> !each.isEmpty());
            assertThat(runtime.spec(id).mounts())
                    .contains(
                            new ContainerSpec.Mount(volume.toString(), "/both", false, "rshared"),
                            new ContainerSpec.Mount(volume.toString(), "/from", true, "rslave"),
                            new ContainerSpec.Mount(volume.toString(), "/none", false, "rprivate"),
                            new ContainerSpec.Mount(volume.toRealPath() + "/a/b", "/own", false, "rprivate"));
        }
    }

    @Test
    void whatTheNodeWritesAndWhatIsReadOnlyItselfIsNotWritten(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory.resolve("pods"))) {
            Pod pod = PodFixture.pod().build();
            pod.getSpec().setVolumes(Serialization.unmarshal("""
                            volumes:
                            - { name: map, configMap: { name: m } }
                            - { name: secret, secret: { secretName: s } }
                            - { name: about, downwardAPI: {} }
                            - { name: all, projected: { sources: [] } }
                            - { name: nfs, nfs: { server: s, path: /, readOnly: true } }
                            - { name: claim, persistentVolumeClaim: { claimName: c, readOnly: true } }
                            - { name: empty, emptyDir: {} }
                            - { name: share, nfs: { server: s, path: / } }
                            - { name: data, persistentVolumeClaim: { claimName: c } }
                            """, PodSpec.class).getVolumes());
            List<VolumeMount> mounts = new ArrayList<>();
            for (Volume volume : pod.getSpec().getVolumes()) {
                fixture.volumes.paths.put(volume.getName(), directory);
                mounts.add(new VolumeMountBuilder()
                        .withName(volume.getName())
                        .withMountPath("/" + volume.getName())
                        .build());
            }
            pod.getSpec().getContainers().getFirst().setVolumeMounts(mounts);
            fixture.keeper.seen(pod);
            String id = await("it runs")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> runtime.running("main").orElse(""), each -> !each.isEmpty());
            assertThat(runtime.spec(id).mounts())
                    .filteredOn(mount -> mount.hostPath().equals(directory.toString()))
                    .filteredOn(ContainerSpec.Mount::readOnly)
                    .extracting(ContainerSpec.Mount::containerPath)
                    .containsExactly("/map", "/secret", "/about", "/all", "/nfs", "/claim");
        }
    }
}
