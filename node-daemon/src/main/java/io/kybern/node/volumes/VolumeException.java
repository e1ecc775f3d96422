package io.kybern.node.volumes;

/** A volume is not ready; the reason is worded for the pod's event. */
public final class VolumeException extends Exception {

    private static final long serialVersionUID = 1L;

    private VolumeException(String message, Throwable cause) {
        super(message, cause);
    }

    private VolumeException(String message) {
        super(message);
    }

    /** The claim behind a volume cannot be used yet. */
    static VolumeException notYet(String volume, String claim, String why) {
        return new VolumeException("Unable to attach or mount volumes: unmounted volumes=[" + volume
                + "]: error processing PVC " + claim + ": " + why);
    }

    /** The volume could not be set up. */
    public static VolumeException setUp(String volume, String why) {
        return new VolumeException("MountVolume.SetUp failed for volume \"" + volume + "\" : " + why);
    }

    /** The volume could not be set up, for a reason that something else gave. */
    public static VolumeException setUp(String volume, Exception cause) {
        return new VolumeException(
                "MountVolume.SetUp failed for volume \"" + volume + "\" : " + cause.getMessage(), cause);
    }
}
