package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.kybern.node.env.HostFiles;
import io.kybern.node.runtime.ContainerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a container sees of the machine: its volumes, its hosts and resolver files, its termination message. */
final class MountSpecs {

    private final NodeFacts node;

    MountSpecs(NodeFacts node) {
        this.node = node;
    }

    /** The host file behind a container instance's termination message. */
    static Path terminationLog(Path podDirectory, String container, int attempt) {
        return podDirectory.resolve("containers").resolve(container).resolve("termination-" + attempt);
    }

    List<ContainerSpec.Mount> of(
            Pod pod,
            Container container,
            int attempt,
            Map<String, Path> volumes,
            Map<String, String> environment,
            Path podDirectory,
            List<String> podIps)
            throws ContainerFailure {
        List<ContainerSpec.Mount> mounts = new ArrayList<>();
        List<VolumeMount> wanted = container.getVolumeMounts() == null ? List.of() : container.getVolumeMounts();
        for (VolumeMount m : wanted) {
            if ("Enabled".equals(m.getRecursiveReadOnly())) {
                throw ContainerFailure.of(
                        "CreateContainerConfigError",
                        "failed to resolve recursive read-only mode: volume \"" + m.getName()
                                + "\" requested recursive read-only mode, but it is not supported by the runtime");
            }
            mounts.add(volume(container, m, readOnly(pod, m), volumes, environment));
        }
        try {
            if (!mountsAt(wanted, "/etc/hosts")) {
                mounts.add(plain(hosts(pod, podDirectory, podIps), "/etc/hosts"));
            }
            if (!mountsAt(wanted, "/etc/resolv.conf")) {
                mounts.add(plain(resolvConf(pod, podDirectory), "/etc/resolv.conf"));
            }
            String message = container.getTerminationMessagePath();
            mounts.add(plain(
                    emptyFile(terminationLog(podDirectory, container.getName(), attempt)),
                    message == null || message.isEmpty() ? "/dev/termination-log" : message));
        } catch (IOException broken) {
            throw ContainerFailure.of("CreateContainerConfigError", String.valueOf(broken.getMessage()));
        }
        return mounts;
    }

    /** The mount may ask for it, and so may what is behind it. */
    private static boolean readOnly(Pod pod, VolumeMount mount) {
        List<Volume> volumes =
                pod.getSpec().getVolumes() == null ? List.of() : pod.getSpec().getVolumes();
        return Boolean.TRUE.equals(mount.getReadOnly())
                || volumes.stream()
                        .filter(v -> v.getName().equals(mount.getName()))
                        .anyMatch(MountSpecs::isReadOnly);
    }

    /** What the node itself writes is never written by containers; images are only ever read. */
    private static boolean isReadOnly(Volume volume) {
        return volume.getImage() != null
                || volume.getConfigMap() != null
                || volume.getSecret() != null
                || volume.getDownwardAPI() != null
                || volume.getProjected() != null
                || volume.getNfs() != null
                        && Boolean.TRUE.equals(volume.getNfs().getReadOnly())
                || volume.getPersistentVolumeClaim() != null
                        && Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly());
    }

    private static boolean mountsAt(List<VolumeMount> mounts, String path) {
        return mounts.stream().anyMatch(m -> m.getMountPath().equals(path));
    }

    private static ContainerSpec.Mount plain(Path hostPath, String containerPath) {
        return new ContainerSpec.Mount(hostPath.toString(), containerPath, false, "rprivate");
    }

    private static ContainerSpec.Mount volume(
            Container container,
            VolumeMount mount,
            boolean readOnly,
            Map<String, Path> volumes,
            Map<String, String> environment)
            throws ContainerFailure {
        Path root = volumes.get(mount.getName());
        if (root == null) {
            throw ContainerFailure.of(
                    "CreateContainerConfigError",
                    "cannot find volume \"" + mount.getName() + "\" to mount into container \"" + container.getName()
                            + "\"");
        }
        Path source = SubPaths.of(container, mount, root, environment);
        String target = mount.getMountPath().startsWith("/") ? mount.getMountPath() : "/" + mount.getMountPath();
        return new ContainerSpec.Mount(source.toString(), target, readOnly, propagation(mount));
    }

    private static String propagation(VolumeMount mount) {
        return switch (mount.getMountPropagation() == null ? "None" : mount.getMountPropagation()) {
            case "HostToContainer" -> "rslave";
            case "Bidirectional" -> "rshared";
            default -> "rprivate";
        };
    }

    private Path hosts(Pod pod, Path podDirectory, List<String> podIps) throws IOException {
        String text = Specs.hostNetwork(pod)
                ? HostFiles.hostNetworkHosts(pod, read(node.hosts()))
                : HostFiles.hosts(pod, podIps, node.dns().domain());
        return write(podDirectory.resolve("etc-hosts"), text);
    }

    private Path resolvConf(Pod pod, Path podDirectory) throws IOException {
        return write(
                podDirectory.resolve("resolv.conf"), HostFiles.resolvConf(pod, node.dns(), read(node.resolvConf())));
    }

    private static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /** Writes in place: running containers have this very file mounted. */
    private static Path write(Path file, String text) throws IOException {
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        }
        return file;
    }

    private static Path emptyFile(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        return file;
    }
}
