package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.env.PodFacts;
import java.nio.file.Path;
import java.util.Map;

/**
 * The directories behind a pod's volumes. Calls for one pod come one after the other. See <a
 * href="https://kubernetes.io/docs/concepts/storage/volumes/">volumes</a>.
 */
public interface PodVolumes {

    /**
     * Makes every volume of the pod ready, or brings what is there up to date: the contents of ConfigMaps, Secrets, the
     * downward API and tokens change by an atomic swap under running containers.
     *
     * @return the path on this machine by volume name
     * @throws VolumeException naming the volume that is not ready, to be tried again
     */
    Map<String, Path> prepare(Pod pod, PodFacts facts) throws VolumeException;

    /** Where the volumes that are ready were last time they were looked at, by name; nothing of a pod that is not known. */
    default Map<String, Path> paths(String podUid) {
        return Map.of();
    }

    /** Where a file of the pod's own may be kept, such as its hosts file. The directory exists. */
    Path podDirectory(String podUid);

    /** How much of the disk, or of memory, a volume of the pod takes that is kept for the pod alone. */
    long usedBytes(String podUid, String volume);

    /** Unmounts what was mounted and removes the volumes' contents, after the last container ended. */
    void release(String podUid);

    /** Removes the pod's directory with all that is left. */
    void remove(String podUid);
}
