package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.kybern.node.env.Expansion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a volume that a container mounts by itself. What is in the volume when it is looked at does not lead out of it, neither for
 * reading nor when directories are made. What changes after that is not guarded: the container engine is given a path and follows it again
 * when it mounts, so another container of the pod that can write to the volume may put a link in the place of a directory meanwhile and so
 * have its neighbour mount any directory of the node. Kubelets bind what they opened instead. See
 * <a href="https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath">using subPath</a>.
 */
final class SubPaths {

    private static final Logger log = LoggerFactory.getLogger(SubPaths.class);
    private static final String CONFIG_ERROR = "CreateContainerConfigError";

    private SubPaths() {}

    /**
     * The path behind a mount; a directory that is missing is made with the permissions of the volume.
     *
     * @throws ContainerFailure that says nothing of the machine's own files
     */
    static Path of(Container container, VolumeMount mount, Path volume, Map<String, String> environment)
            throws ContainerFailure {
        String wanted = wanted(mount, environment);
        if (wanted.isEmpty()) {
            return volume;
        }
        if (wanted.startsWith("/")) {
            throw failure("error SubPath `" + wanted + "` must not be an absolute path");
        }
        if (List.of(wanted.split("/")).contains("..")) {
            throw failure("unable to provision SubPath `" + wanted + "`: must not contain '..'");
        }
        boolean there = Files.exists(volume.resolve(wanted));
        try {
            return there ? inside(volume, volume.resolve(wanted)) : made(volume, wanted);
        } catch (IOException refused) {
            log.atWarn()
                    .setMessage("a part of a volume cannot be mounted")
                    .addKeyValue("volume", mount.getName())
                    .addKeyValue("container", container.getName())
                    .addKeyValue("why", String.valueOf(refused))
                    .log();
            throw failure((there ? "failed to prepare subPath" : "failed to create subPath directory")
                    + " for volumeMount \"" + mount.getName() + "\" of container \"" + container.getName() + "\"");
        }
    }

    private static String wanted(VolumeMount mount, Map<String, String> environment) throws ContainerFailure {
        String expression = mount.getSubPathExpr();
        if (expression == null || expression.isEmpty()) {
            return mount.getSubPath() == null ? "" : mount.getSubPath();
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
            throw failure("missing value for \"" + missing.getFirst() + "\"");
        }
        return path;
    }

    private static Path inside(Path volume, Path path) throws IOException {
        Path real = path.toRealPath();
        if (!real.startsWith(volume.toRealPath())) {
            throw new IOException(path + " leads out of its volume, to " + real);
        }
        return real;
    }

    /** One step after the other: what is there is followed as far as it stays inside, what is not is made. */
    private static Path made(Path volume, String wanted) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(volume);
        Path at = volume.toRealPath();
        for (String step : wanted.split("/")) {
            if (step.isEmpty() || step.equals(".")) {
                continue;
            }
            Path next = at.resolve(step);
            if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(next);
                Files.setPosixFilePermissions(next, permissions);
            }
            at = inside(volume, next);
        }
        return at;
    }

    private static ContainerFailure failure(String message) {
        return ContainerFailure.of(CONFIG_ERROR, message);
    }
}
