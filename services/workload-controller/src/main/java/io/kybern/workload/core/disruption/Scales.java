package io.kybern.workload.core.disruption;

import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.OptionalInt;

/** How many pods an owner of any type wants. */
@FunctionalInterface
public interface Scales {

    /**
     * The number in the owner's {@code /scale}.
     *
     * @param owner of the type that is asked for, in that namespace
     * @return empty if there is no such owner
     * @throws NoScale if the type has no scale
     */
    OptionalInt replicas(String namespace, OwnerReference owner);

    /** The number of pods cannot be told. The message is for the budget's status. */
    final class NoScale extends RuntimeException {

        private NoScale(String message) {
            super(message);
        }

        /** Owners of that resource are not scaled. */
        public static NoScale of(String resource) {
            return new NoScale(resource + " does not implement the scale subresource");
        }

        /** The pod's owner is not there. */
        static NoScale noController(String pod) {
            return new NoScale("found no controllers for pod \"%s\"".formatted(pod));
        }
    }
}
