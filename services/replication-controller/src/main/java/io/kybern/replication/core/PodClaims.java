package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/**
 * Which pods belong to an owner.
 *
 * @param kept those that it has and selects
 * @param adopted those that it selects and nobody has
 * @param released those that it has and does not select any more
 */
record PodClaims(List<Pod> kept, List<Pod> adopted, List<Pod> released) {

    PodClaims {
        kept = List.copyOf(kept);
        adopted = List.copyOf(adopted);
        released = List.copyOf(released);
    }
}
