package io.kybern.workload.core.volumes;

/** The directories of nodes behind volumes that were made for claims. */
@FunctionalInterface
public interface LocalDirectories {

    /**
     * Takes a directory away with all that is in it; one that is not there is fine.
     *
     * @throws Unavailable if the node cannot be asked, or cannot do it
     */
    void remove(String node, String volume);

    /** The message is for people who look at the volume. */
    final class Unavailable extends RuntimeException {

        private Unavailable(String message) {
            super(message);
        }

        /** For that reason. */
        public static Unavailable because(String message) {
            return new Unavailable(message);
        }
    }
}
