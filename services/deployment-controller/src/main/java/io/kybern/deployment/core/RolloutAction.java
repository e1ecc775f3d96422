package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.apps.ReplicaSet;

/** A step of a rollout. */
sealed interface RolloutAction {

    /** Create the ReplicaSet of a template that has none. */
    record CreateSet(ReplicaSet wanted) implements RolloutAction {}

    /** Change a ReplicaSet; its number of pods goes from one to the other, which may be the same. */
    record UpdateSet(ReplicaSet wanted, int from, int to) implements RolloutAction {}

    /** Delete a ReplicaSet that nobody will roll back to. */
    record DeleteSet(ReplicaSet old) implements RolloutAction {}

    /** Note the current revision on the Deployment. */
    record NoteRevision(String revision) implements RolloutAction {}
}
