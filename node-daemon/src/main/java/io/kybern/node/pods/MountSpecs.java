package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.kybern.node.env.Expansion;
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

    /** The mount may ask for it, and so may a volume that stands for a claim; images are only ever read. */
    private static boolean readOnly(Pod pod, VolumeMount mount) {
        List<Volume> volumes =
                pod.getSpec().getVolumes() == null ? List.of() : pod.getSpec().getVolumes();
        return Boolean.TRUE.equals(mount.getReadOnly())
                || volumes.stream()
                        .filter(v -> v.getName().equals(mount.getName()))
                        .anyMatch(v -> v.getImage() != null
                                || v.getPersistentVolumeClaim() != null
                                        && Boolean.TRUE.equals(
                                                v.getPersistentVolumeClaim().getReadOnly()));
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
        Path source = root;
        String subPath = subPath(mount, environment);
        if (!subPath.isEmpty()) {
            source = inside(root, subPath, mount);
        }
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

    private static String subPath(VolumeMount mount, Map<String, String> environment) throws ContainerFailure {
        if (mount.getSubPath() != null && !mount.getSubPath().isEmpty()) {
            return mount.getSubPath();
        }
        String expression = mount.getSubPathExpr();
        if (expression == null || expression.isEmpty()) {
            return "";
        }
        List<String> missing = new ArrayList<>();
        String path = Expansion.expand(expression, name -> {
            String value = environment.get(name);
            if (value == null || value.isEmpty()) {
                missing.add(name);
            }
            return value;
        });
        if (!missing.isEmpty()) {
            throw ContainerFailure.of("CreateContainerConfigError", "missing value for \"" + missing.getFirst() + "\"");
        }
        if (path.startsWith("/")) {
            throw ContainerFailure.of(
                    "CreateContainerConfigError", "subPath \"" + path + "\" must not be an absolute path");
        }
        return path;
    }

    /** The path below the volume; links that lead out of it are refused, a directory that is missing is made. */
    private static Path inside(Path root, String subPath, VolumeMount mount) throws ContainerFailure {
        try {
            Path path = root.resolve(subPath).normalize();
            if (subPath.contains("..") && List.of(subPath.split("/")).contains("..")) {
                throw ContainerFailure.of(
                        "CreateContainerConfigError", "subPath \"" + subPath + "\" must not contain '..'");
            }
            if (!Files.exists(path)) {
                Path made = Files.createDirectories(path);
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            Path real = path.toRealPath();
            if (!real.startsWith(root.toRealPath())) {
                throw ContainerFailure.of(
                        "CreateContainerConfigError",
                        "failed to prepare subPath for volumeMount \"" + mount.getName() + "\": it leads outside");
            }
            return real;
        } catch (IOException broken) {
            throw ContainerFailure.of(
                    "CreateContainerConfigError",
                    "failed to prepare subPath for volumeMount \"" + mount.getName() + "\": " + broken.getMessage());
        }
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
