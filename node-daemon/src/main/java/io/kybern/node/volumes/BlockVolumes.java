package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Volumes that containers get as devices. See <a
 * href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#raw-block-volume-support">raw block volumes</a>.
 */
final class BlockVolumes {

    private BlockVolumes() {}

    static boolean isBlock(PersistentVolumeSpec spec) {
        return "Block".equals(spec.getVolumeMode());
    }

    /** Refuses a device for a directory's place, and the other way round. */
    static void checkUse(Pod pod, Volume volume, PersistentVolumeSpec spec) throws VolumeException {
        String name = volume.getName();
        boolean block = isBlock(spec);
        boolean mounted = containers(pod)
                .flatMap(c -> Objects.requireNonNullElse(c.getVolumeMounts(), List.<VolumeMount>of()).stream())
                .anyMatch(m -> m.getName().equals(name));
        boolean device = containers(pod)
                .flatMap(c -> Objects.requireNonNullElse(c.getVolumeDevices(), List.<VolumeDevice>of()).stream())
                .anyMatch(d -> d.getName().equals(name));
        if (block && mounted) {
            throw VolumeException.misused(
                    name, "volume " + name + " has volumeMode Block, but is specified in volumeMounts");
        }
        if (!block && device) {
            throw VolumeException.misused(
                    name, "volume " + name + " has volumeMode Filesystem, but is specified in volumeDevices");
        }
    }

    private static Stream<Container> containers(Pod pod) {
        return Stream.concat(
                Objects.requireNonNullElse(pod.getSpec().getInitContainers(), List.<Container>of()).stream(),
                Objects.requireNonNullElse(pod.getSpec().getContainers(), List.<Container>of()).stream());
    }

    /** The device behind a volume. */
    static Path device(String volume, PersistentVolumeSpec spec) throws VolumeException, IOException {
        Path path;
        if (spec.getLocal() != null) {
            path = Path.of(spec.getLocal().getPath());
        } else if (spec.getHostPath() != null) {
            path = Path.of(spec.getHostPath().getPath());
        } else {
            throw VolumeException.device(volume, "this kind of block volume is not supported on this node");
        }
        if (!HostPaths.isBlockDevice(path)) {
            throw VolumeException.device(volume, path + " is not a block device");
        }
        return path;
    }
}
