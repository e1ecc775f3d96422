package io.kybern.scheduler.core.volumes;

import io.kybern.api.ObjectKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What pods that are assumed on a node were promised of volumes before anything of it is written: which claim a free volume is
 * for, and for which node the volume of a claim is made. Owned by the scheduler thread.
 */
public final class Assumptions {

    private final Map<String, Kept> volumes = new HashMap<>();
    private final Map<ObjectKey, Kept> claims = new HashMap<>();

    /** The claim that gets this volume; null if nobody is promised it. */
    public @Nullable ObjectKey claimOf(String volume) {
        Kept kept = volumes.get(volume);
        return kept == null ? null : kept.claim();
    }

    /** The volume that this claim gets; null if it is promised none. */
    public @Nullable String volumeOf(ObjectKey claim) {
        Kept kept = claims.get(claim);
        return kept == null ? null : kept.volume();
    }

    /** The node for which the volume of this claim is made; null if that is open. */
    public @Nullable String nodeOf(ObjectKey claim) {
        Kept kept = claims.get(claim);
        return kept == null ? null : kept.node();
    }

    /** Promises a volume to a claim. */
    public void keep(String podUid, String volume, ObjectKey claim) {
        Kept kept = new Kept(podUid, claim, volume, null);
        volumes.put(volume, kept);
        claims.put(claim, kept);
    }

    /** Promises a claim that its volume is made for the node. */
    public void make(String podUid, ObjectKey claim, String node) {
        claims.put(claim, new Kept(podUid, claim, null, node));
    }

    /** Forgets what was promised to a pod. */
    public void release(String podUid) {
        volumes.values().removeIf(kept -> kept.podUid().equals(podUid));
        claims.values().removeIf(kept -> kept.podUid().equals(podUid));
    }

    private record Kept(
            String podUid,
            ObjectKey claim,
            @Nullable String volume,
            @Nullable String node) {}
}
