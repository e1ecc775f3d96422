package io.kybern.node.network;

import java.util.Objects;

/** One incarnation of a pod; a new pod of the same name has another uid. */
public record PodIdentity(String namespace, String name, String uid) {

    /** Checks that all three parts are there. */
    public PodIdentity {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(uid, "uid");
    }

    @Override
    public String toString() {
        return namespace + "/" + name + "(" + uid + ")";
    }
}
