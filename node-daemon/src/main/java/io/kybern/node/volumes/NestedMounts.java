package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where containers mount something else inside of a volume. In a volume that containers only read nobody else can make the directories
 * for that, so they are made with the volume.
 */
final class NestedMounts {

    private NestedMounts() {}

    /** The places, below the volume's root; of those that lie in each other only the outermost. */
    static Set<Path> in(Pod pod, String volume) {
        Set<Path> found = new LinkedHashSet<>();
        Stream.concat(
                        Objects.requireNonNullElse(pod.getSpec().getInitContainers(), List.<Container>of()).stream(),
                        Objects.requireNonNullElse(pod.getSpec().getContainers(), List.<Container>of()).stream())
                .map(c -> Objects.requireNonNullElse(c.getVolumeMounts(), List.<VolumeMount>of()))
                .forEach(mounts -> in(mounts, volume, found));
        return found;
    }

    private static void in(List<VolumeMount> mounts, String volume, Set<Path> found) {
        List<Path> all = mounts.stream().map(NestedMounts::place).sorted().toList();
        for (VolumeMount mount : mounts) {
            if (!mount.getName().equals(volume) || mount.getSubPath() != null || mount.getSubPathExpr() != null) {
                continue;
            }
            Path own = place(mount);
            Path outermost = null;
            for (Path other : all) {
                boolean nested = other.startsWith(own) && !other.equals(own);
                if (nested && (outermost == null || !other.startsWith(outermost))) {
                    outermost = other;
                    found.add(own.relativize(other));
                }
            }
        }
    }

    private static Path place(VolumeMount mount) {
        return Path.of("/").resolve(mount.getMountPath()).normalize();
    }
}
