package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import io.fabric8.kubernetes.api.model.ImageVolumeSource;
import io.fabric8.kubernetes.api.model.NFSVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Volumes on this machine's own disk: a directory for each pod, and in it one for each volume. Secrets and what is projected with
 * them live in memory, so that they never reach the disk.
 */
public final class LocalPodVolumes implements PodVolumes {

    private static final int READ_WRITE_FOR_ALL = 0777;

    private final Path root;
    private final VolumeContents contents;
    private final ClaimedVolumes claims;
    private final LocalDirectories local;
    private final TokenCache tokens;
    private final CommandRunner commands;
    private final GroupOwnership groups;
    private final Function<String, List<String>> imageLayers;

    /**
     * @param root where the pods' directories are
     * @param commands mounts and unmounts
     * @param imageLayers the directories that an image's files are in, the topmost first
     */
    public LocalPodVolumes(
            Path root,
            ReferencedObjects objects,
            CommandRunner commands,
            Function<String, List<String>> imageLayers,
            Clock clock) {
        this.root = root;
        this.local = new LocalDirectories(root);
        this.imageLayers = imageLayers;
        this.tokens = new TokenCache(objects::token, clock);
        this.claims = new ClaimedVolumes(objects);
        this.contents = new VolumeContents(objects, tokens);
        this.commands = commands;
        this.groups = new GroupOwnership(commands);
    }

    @Override
    public Map<String, Path> prepare(Pod pod, PodFacts facts) throws VolumeException {
        Map<String, Path> paths = new LinkedHashMap<>();
        Path directory = podDirectory(pod.getMetadata().getUid()).resolve("volumes");
        for (Volume volume : Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of())) {
            try {
                paths.put(volume.getName(), prepare(pod, volume, directory.resolve(volume.getName()), facts));
            } catch (IOException | UncheckedIOException | CommandFailure | RuntimeFailure e) {
                throw VolumeException.setUp(volume.getName(), e);
            }
        }
        return paths;
    }

    private Path prepare(Pod pod, Volume volume, Path directory, PodFacts facts) throws VolumeException, IOException {
        if (volume.getHostPath() != null) {
            return hostPath(volume.getName(), volume.getHostPath());
        }
        if (volume.getEmptyDir() != null) {
            return emptyDir(pod, volume.getEmptyDir(), directory);
        }
        if (volume.getNfs() != null) {
            return nfs(volume.getNfs(), directory, List.of());
        }
        if (volume.getImage() != null) {
            return image(volume.getImage(), directory);
        }
        Optional<String> claim = ClaimedVolumes.claimName(pod, volume);
        if (claim.isPresent()) {
            PersistentVolume found = claims.find(pod, volume, claim.get());
            BlockVolumes.checkUse(pod, volume, found.getSpec());
            local.make(found);
            return claimed(pod, found, directory);
        }
        Optional<Map<String, AtomicDirectory.Entry>> files = contents.of(pod, volume, facts);
        if (files.isEmpty()) {
            throw VolumeException.setUp(volume.getName(), "this kind of volume is not supported on this node");
        }
        if (volume.getSecret() != null || volume.getProjected() != null) {
            memory(directory, "");
        }
        Long group = GroupOwnership.fsGroup(pod);
        if (group == null) {
            new AtomicDirectory(directory).write(files.get());
        } else {
            Files.createDirectories(directory);
            commands.run("chgrp", String.valueOf(group), directory.toString());
            commands.run("chmod", "g+rxs", directory.toString());
            new AtomicDirectory(directory).write(files.get(), fresh -> readableByGroup(group, fresh));
        }
        return directory;
    }

    private Path claimed(Pod pod, PersistentVolume found, Path directory) throws VolumeException, IOException {
        String name = found.getMetadata().getName();
        PersistentVolumeSpec spec = found.getSpec();
        if (BlockVolumes.isBlock(spec)) {
            return BlockVolumes.device(name, spec);
        }
        if (spec.getHostPath() != null) {
            return hostPath(name, spec.getHostPath());
        }
        if (spec.getLocal() != null) {
            Path path = Path.of(spec.getLocal().getPath());
            if (!Files.exists(path)) {
                throw VolumeException.unusable(name, "path \"" + path + "\" does not exist");
            }
            if (!Files.isDirectory(path)) {
                throw VolumeException.setUp(name, "path \"" + path + "\" is not a directory");
            }
            groups.ofLasting(pod, path);
            return path;
        }
        if (spec.getNfs() != null) {
            return nfs(spec.getNfs(), directory, Objects.requireNonNullElse(spec.getMountOptions(), List.<String>of()));
        }
        throw VolumeException.setUp(name, "this kind of persistent volume is not supported on this node");
    }

    private Path nfs(NFSVolumeSource source, Path directory, List<String> options) throws IOException {
        Files.createDirectories(directory);
        if (!isMounted(directory)) {
            List<String> all = new ArrayList<>(options);
            all.add(Boolean.TRUE.equals(source.getReadOnly()) ? "ro" : "rw");
            commands.run(
                    "mount",
                    "-t",
                    "nfs",
                    "-o",
                    String.join(",", all),
                    source.getServer() + ":" + source.getPath(),
                    directory.toString());
        }
        return directory;
    }

    /** The layers of an image as the engine keeps them, one above the other, for reading. */
    private Path image(ImageVolumeSource source, Path directory) throws IOException {
        Files.createDirectories(directory);
        if (!isMounted(directory)) {
            List<String> layers = new ArrayList<>(imageLayers.apply(source.getReference()));
            // the kernel wants two at least
            layers.add(Files.createDirectories(root.resolve(".nothing")).toString());
            commands.run(
                    "mount",
                    "-t",
                    "overlay",
                    "-o",
                    "ro,nosuid,nodev,noexec,lowerdir=" + String.join(":", layers),
                    "image",
                    directory.toString());
        }
        return directory;
    }

    private Path emptyDir(Pod pod, EmptyDirVolumeSource source, Path directory) throws IOException {
        boolean made = !Files.exists(directory);
        if ("Memory".equals(source.getMedium())) {
            String size = source.getSizeLimit() == null
                    ? ""
                    : ",size=" + source.getSizeLimit().getNumericalAmount().longValue();
            memory(directory, size);
        } else {
            Files.createDirectories(directory);
        }
        if (made) {
            Files.setPosixFilePermissions(directory, AtomicDirectory.permissions(READ_WRITE_FOR_ALL));
            groups.ofFresh(pod, directory);
        }
        return directory;
    }

    private void memory(Path directory, String options) throws IOException {
        Files.createDirectories(directory);
        if (device(directory) == device(directory.resolve(".."))) {
            commands.run("mount", "-t", "tmpfs", "-o", "mode=0777" + options, "tmpfs", directory.toString());
        }
    }

    /** The file system that a directory is in; much cheaper than the table of mounts, which has several lines for each pod. */
    private static long device(Path directory) throws IOException {
        return (Long) Files.getAttribute(directory, "unix:dev");
    }

    private static boolean isMounted(Path directory) throws IOException {
        String wanted = " " + directory + " ";
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.anyMatch(line -> line.contains(wanted));
        }
    }

    /** What the node itself writes is read by the group, not written: the rest of each file's mode stays as it was asked for. */
    private void readableByGroup(long group, Path fresh) {
        commands.run("chgrp", "-R", String.valueOf(group), fresh.toString());
        commands.run("chmod", "-R", "ug+rX", fresh.toString());
    }

    private static Path hostPath(String volume, HostPathVolumeSource source) throws VolumeException, IOException {
        Path path = Path.of(source.getPath());
        String type = Objects.requireNonNullElse(source.getType(), "");
        if (!HostPaths.ready(path, type)) {
            throw VolumeException.setUp(
                    volume, "hostPath type check failed: " + path + " is not a " + HostPaths.words(type));
        }
        return path;
    }

    @Override
    public Path podDirectory(String podUid) {
        try {
            return Files.createDirectories(root.resolve(podUid));
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of pod " + podUid + " cannot be made", e);
        }
    }

    @Override
    public long usedBytes(String podUid, String volume) {
        String told = commands.run(
                "du",
                "-s",
                "-B",
                "1",
                root.resolve(podUid).resolve("volumes").resolve(volume).toString());
        return Long.parseLong(told.strip().split("\\s+")[0]);
    }

    @Override
    public void release(String podUid) {
        tokens.forget(podUid);
        Path volumes = root.resolve(podUid).resolve("volumes");
        try {
            unmount(volumes);
            AtomicDirectory.delete(volumes);
        } catch (IOException e) {
            throw new UncheckedIOException("the volumes of pod " + podUid + " cannot be removed", e);
        }
    }

    private void unmount(Path volumes) throws IOException {
        if (!Files.isDirectory(volumes)) {
            return;
        }
        List<Path> directories;
        try (var list = Files.list(volumes)) {
            directories = list.toList();
        }
        for (Path directory : directories) {
            if (isMounted(directory)) {
                commands.run("umount", directory.toString());
            }
        }
    }

    @Override
    public void remove(String podUid) {
        release(podUid);
        try {
            AtomicDirectory.delete(root.resolve(podUid));
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of pod " + podUid + " cannot be removed", e);
        }
    }
}
