package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** One of the two kinds of owner: where it keeps what they have in common. */
public interface ReplicaKind<O extends HasMetadata> {

    /** The kind, for example {@code ReplicaSet}. */
    String kind();

    /** The group and version of the kind. */
    String apiVersion();

    /** What the object asks for. */
    ReplicaSpec spec(O object);

    /** What the object reports. */
    ReplicaStatus status(O object);

    /** A copy of the object that reports the status. */
    O withStatus(O object, ReplicaStatus status);
}
