package io.kybern.node.volumes;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.stream.Stream;

/** A volume is not ready; the reason is worded for the pod's event. */
public final class VolumeException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final String FAILED_MOUNT = "FailedMount";

    private final String reason;

    private VolumeException(String message, Throwable cause) {
        super(message, cause);
        this.reason = FAILED_MOUNT;
    }

    private VolumeException(String message) {
        this(FAILED_MOUNT, message);
    }

    private VolumeException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The reason of the pod's event. */
    public String reason() {
        return reason;
    }

    /** The first of them, which carries the others. */
    static VolumeException first(List<VolumeException> failures) {
        VolumeException first = failures.getFirst();
        failures.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }

    /** This one and those of the pod's other volumes. */
    public Stream<VolumeException> all() {
        return Stream.concat(
                Stream.of(this),
                Stream.of(getSuppressed())
                        .filter(VolumeException.class::isInstance)
                        .map(VolumeException.class::cast));
    }

    /** The claim behind a volume cannot be used yet. */
    static VolumeException notYet(String volume, String claim, String why) {
        return misused(volume, "error processing PVC " + claim + ": " + why);
    }

    /** The volume could not be set up. */
    public static VolumeException setUp(String volume, String why) {
        return new VolumeException("MountVolume.SetUp failed for volume \"" + volume + "\" : " + why);
    }

    /** The volume could not be set up, for a reason that something else gave. */
    public static VolumeException setUp(String volume, Exception cause) {
        return new VolumeException("MountVolume.SetUp failed for volume \"" + volume + "\" : " + words(cause), cause);
    }

    /** What the volume is made of is not there. */
    static VolumeException unusable(String volume, String why) {
        return new VolumeException(
                "MountVolume.NewMounter initialization failed for volume \"" + volume + "\" : " + why);
    }

    /** The volume is not to be had on this node. */
    static VolumeException elsewhere(String volume) {
        return new VolumeException(
                "MountVolume.NodeAffinity check failed for volume \"" + volume + "\" : no matching NodeSelectorTerms");
    }

    /** A container may not have the volume in the way that it wants. */
    static VolumeException misused(String volume, String why) {
        return new VolumeException("Unable to attach or mount volumes: unmounted volumes=[" + volume
                + "], unattached volumes=[], failed to process volumes=[" + volume + "]: " + why);
    }

    /** The device could not be made ready. */
    static VolumeException device(String volume, String why) {
        return new VolumeException(
                "FailedMapVolume", "MapVolume.MapPodDevice failed for volume \"" + volume + "\" : " + why);
    }

    /** What went wrong with a file is said in the kernel's words; Java tells the file alone. */
    private static String words(Exception cause) {
        Throwable inner = cause.getCause();
        Throwable origin = cause instanceof UncheckedIOException && inner != null ? inner : cause;
        return switch (origin) {
            case NoSuchFileException gone -> gone.getFile() + ": no such file or directory";
            case FileAlreadyExistsException there -> there.getFile() + ": file exists";
            case AccessDeniedException refused -> refused.getFile() + ": permission denied";
            case NotDirectoryException file -> file.getFile() + ": not a directory";
            default -> String.valueOf(origin.getMessage());
        };
    }
}
