package io.kybern.node.pods;

/** Where a pod is in its life on this node. */
enum PodStage {
    /** Seen, not yet judged. */
    NEW,
    /** Accepted: its containers are kept as its spec wants them. */
    ACTIVE,
    /** Nothing is started any more; what runs is asked to end. */
    STOPPING,
    /** Nothing runs; network and volumes are given back; the last status is known. */
    STOPPED,
    /** The API server was asked to drop the object. */
    RELEASED,
    /** The object is gone and so is everything of the pod here. */
    GONE
}
