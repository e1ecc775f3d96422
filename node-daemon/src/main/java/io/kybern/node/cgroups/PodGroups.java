package io.kybern.node.cgroups;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The control groups that pods are in, one each. Safe to call from any thread; a call for one pod does not overtake another for it.
 * What the kernel refuses is logged, and never keeps a pod from running.
 */
public interface PodGroups {

    /**
     * Makes the pod's group with its limits, if it is not there; of what is there, only limits that were never set are set.
     *
     * @return what the engine calls the parent of the pod's containers; empty where it has to choose one itself
     */
    Optional<String> ensure(PodGroup group);

    /** Gives the group, if it is there, what is more of what it had and has now: to be called before its containers are changed. */
    void raise(PodGroup group);

    /**
     * Gives the group, if it is there, what it is to have: to be called after its containers were changed.
     *
     * @return whether the kernel took it
     */
    boolean settle(PodGroup group);

    /** What the pod's group was given last; empty if it has none. */
    Optional<PodGroup.Limits> limits(String uid);

    /** What everything in the pod's group takes of memory, in bytes; empty if that is not known. */
    OptionalLong memoryBytes(String uid);

    /** What one of its containers takes of memory, in bytes; empty if that is not known. */
    OptionalLong memoryBytes(String uid, String container);

    /** Removes the pod's group; if something of it still ends, that is done by one of the next calls of {@link #sweep}. */
    void remove(String uid);

    /** Removes what is left of the groups of all other pods. */
    void retain(Set<String> uids);

    /** Removes what could not be removed yet. */
    void sweep();

    /** Where pods have no groups: each container is limited by itself. */
    static PodGroups none() {
        return new PodGroups() {
            @Override
            public Optional<String> ensure(PodGroup group) {
                return Optional.empty();
            }

            @Override
            public void raise(PodGroup group) {}

            @Override
            public boolean settle(PodGroup group) {
                return true;
            }

            @Override
            public Optional<PodGroup.Limits> limits(String uid) {
                return Optional.empty();
            }

            @Override
            public OptionalLong memoryBytes(String uid) {
                return OptionalLong.empty();
            }

            @Override
            public OptionalLong memoryBytes(String uid, String container) {
                return OptionalLong.empty();
            }

            @Override
            public void remove(String uid) {}

            @Override
            public void retain(Set<String> uids) {}

            @Override
            public void sweep() {}
        };
    }
}
