package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The directories behind volumes that were made for claims; see "Dynamic Volume Provisioning" in the Kubernetes documentation. Each is
 * made when the first pod needs it, open for every user as an empty disk is, and goes when its volume does. Safe to call from any
 * thread.
 */
public final class LocalDirectories {

    private static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    private static final String PROVISIONER = "kybern.io/local-path";
    private static final int FOR_EVERYBODY = 0777;

    /** A name of one part, that leads nowhere else. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");

    private final Path root;

    /** @param pods where the pods' files are; the directories are beside them */
    public LocalDirectories(Path pods) {
        root = pods.toAbsolutePath().normalize().resolveSibling("local-path");
    }

    /** Makes the directory of a volume if it is one of these and not there yet. */
    void make(PersistentVolume volume) throws IOException {
        var annotations = Objects.requireNonNullElse(volume.getMetadata().getAnnotations(), java.util.Map.of());
        if (!PROVISIONER.equals(annotations.get(PROVISIONED_BY))
                || volume.getSpec().getHostPath() == null) {
            return;
        }
        Path path = Path.of(volume.getSpec().getHostPath().getPath()).normalize();
        if (root.equals(path.getParent()) && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(root);
            Files.createDirectory(path);
            Files.setPosixFilePermissions(path, AtomicDirectory.permissions(FOR_EVERYBODY));
        }
    }

    /**
     * Takes a volume's directory away with all that is in it; one that is not there is fine.
     *
     * @throws IllegalArgumentException if that is no name of a volume
     */
    public void remove(String volume) throws IOException {
        if (!NAME.matcher(volume).matches()) {
            throw new IllegalArgumentException("not the name of a volume: " + volume);
        }
        AtomicDirectory.delete(root.resolve(volume));
    }
}
