package io.kybern.apiserver.relay;

import io.kybern.events.ObjectEvent;

/** Sends object events to their topics. */
interface EventPublisher {

    /** Makes sure that every topic is there; throws {@link PublishException} if that cannot be known. */
    void prepare();

    /**
     * Hands an event over, in order within its topic; whether it arrived is told to {@link InFlight} later.
     *
     * @throws PublishException if it could not even be handed over
     */
    void publish(ObjectEvent event);

    /** Kafka could not be reached. */
    final class PublishException extends RuntimeException {

        private PublishException(String message, Throwable cause) {
            super(message, cause);
        }

        static PublishException of(String what, Throwable cause) {
            return new PublishException(what + " failed: " + cause.getMessage(), cause);
        }
    }
}
