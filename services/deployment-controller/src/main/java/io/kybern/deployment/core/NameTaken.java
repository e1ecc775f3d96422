package io.kybern.deployment.core;

/** The name for a new ReplicaSet belongs to one with another template. The next try takes another name. */
final class NameTaken extends RuntimeException {

    private NameTaken(String message) {
        super(message);
    }

    static NameTaken by(String name) {
        return new NameTaken("replica set \"" + name
                + "\" exists with another template or another owner; the next hash counts one more collision");
    }
}
