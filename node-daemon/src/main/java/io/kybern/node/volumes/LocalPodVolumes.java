package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import io.fabric8.kubernetes.api.model.ImageVolumeSource;
import io.fabric8.kubernetes.api.model.NFSVolumeSource;
import io.fabric8.kubernetes.api.model.NodeSelector;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Volumes on this machine's own disk: a directory for each pod, and in it one for each volume. Secrets and what is projected with
 * them live in memory, so that they never reach the disk.
 */
public final class LocalPodVolumes implements PodVolumes {

    private final Path root;
    private final VolumeContents contents;
    private final ClaimedVolumes claims;
    private final LocalDirectories local;
    private final TokenCache tokens;
    private final CommandRunner commands;
    private final GroupOwnership groups;
    private final Mounts mounts;
    private final EmptyDirs empty;
    private final WrittenVolumes written;
    private final Map<String, Map<String, Path>> prepared = new ConcurrentHashMap<>();
    private final Function<String, List<String>> imageLayers;
    private final Predicate<NodeSelector> thisNode;

    /**
     * @param root where the pods' directories are
     * @param commands mounts and unmounts
     * @param imageLayers the directories that an image's files are in, the topmost first
     * @param thisNode whether volumes that are only to be had on certain nodes are to be had here
     */
    public LocalPodVolumes(
            Path root,
            ReferencedObjects objects,
            CommandRunner commands,
            Function<String, List<String>> imageLayers,
            Predicate<NodeSelector> thisNode,
            Clock clock) {
        this.root = root;
        this.local = new LocalDirectories(root);
        this.imageLayers = imageLayers;
        this.thisNode = thisNode;
        this.tokens = new TokenCache(objects::token, clock);
        this.claims = new ClaimedVolumes(objects);
        this.contents = new VolumeContents(objects, tokens);
        this.commands = commands;
        this.groups = new GroupOwnership(commands);
        this.mounts = new Mounts(commands);
        this.empty = new EmptyDirs(mounts, groups);
        this.written = new WrittenVolumes(commands);
    }

    @Override
    public Map<String, Path> prepare(Pod pod, PodFacts facts) throws VolumeException {
        Map<String, Path> paths = new LinkedHashMap<>();
        Path directory = podDirectory(pod.getMetadata().getUid()).resolve("volumes");
        List<VolumeException> failures = new ArrayList<>();
        for (Volume volume : Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of())) {
            try {
                paths.put(volume.getName(), prepare(pod, volume, directory.resolve(volume.getName()), facts));
            } catch (VolumeException notYet) {
                failures.add(notYet);
            } catch (IOException | UncheckedIOException | CommandFailure | RuntimeFailure e) {
                failures.add(VolumeException.setUp(volume.getName(), e));
            }
        }
        prepared.put(pod.getMetadata().getUid(), Map.copyOf(paths));
        if (!failures.isEmpty()) {
            throw VolumeException.first(failures);
        }
        return paths;
    }

    @Override
    public Map<String, Path> paths(String podUid) {
        return prepared.getOrDefault(podUid, Map.of());
    }

    private Path prepare(Pod pod, Volume volume, Path directory, PodFacts facts) throws VolumeException, IOException {
        if (volume.getHostPath() != null) {
            return hostPath(volume.getName(), volume.getHostPath());
        }
        if (volume.getEmptyDir() != null) {
            return empty.prepare(pod, volume.getName(), volume.getEmptyDir(), directory, facts);
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
            var affinity = found.getSpec().getNodeAffinity();
            if (affinity != null && affinity.getRequired() != null && !thisNode.test(affinity.getRequired())) {
                throw VolumeException.elsewhere(found.getMetadata().getName());
            }
            local.make(found);
            return claimed(pod, found, directory);
        }
        Optional<Map<String, AtomicDirectory.Entry>> files = contents.of(pod, volume, facts);
        if (files.isEmpty()) {
            throw VolumeException.setUp(volume.getName(), "this kind of volume is not supported on this node");
        }
        if (volume.getSecret() != null || volume.getProjected() != null) {
            mounts.memory(directory, EmptyDirs.memoryBytes(null, facts), null);
        }
        written.write(pod, volume.getName(), directory, files.get());
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
            if (!paths(pod.getMetadata().getUid()).containsValue(path)) {
                // once for each pod: from then on it is the pod's own affair
                groups.ofLasting(pod, path);
            }
            return path;
        }
        if (spec.getNfs() != null) {
            return nfs(spec.getNfs(), directory, Objects.requireNonNullElse(spec.getMountOptions(), List.<String>of()));
        }
        throw VolumeException.setUp(name, "this kind of persistent volume is not supported on this node");
    }

    private Path nfs(NFSVolumeSource source, Path directory, List<String> options) throws IOException {
        Files.createDirectories(directory);
        if (!Mounts.isMounted(directory)) {
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
        if (!Mounts.isMounted(directory)) {
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
        prepared.remove(podUid);
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
            if (Mounts.isMounted(directory)) {
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
