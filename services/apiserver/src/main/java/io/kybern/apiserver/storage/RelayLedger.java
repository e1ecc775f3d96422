package io.kybern.apiserver.storage;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who relays the log to Kafka, and how far it got. A lease fences: its holder is named by a token that nobody else ever has, and a
 * holder that has lost it can write nothing here. Futures fail with {@link StorageException}.
 */
public interface RelayLedger {

    /**
     * What a relay must remember across restarts.
     *
     * @param position the revision up to which everything has been acknowledged by Kafka; null before the first relay
     * @param sequences by topic, the sequence of the last event up to the position
     */
    record Memory(@Nullable Long position, Map<String, Long> sequences) {

        public Memory {
            sequences = Map.copyOf(sequences);
        }
    }

    /** Takes the lease if it is free or already the holder's; empty if another one has it. */
    CompletableFuture<Optional<Memory>> claim(String holder, Duration lease);

    /** Remembers, and prolongs the lease; false, and nothing done, if the holder has lost it. */
    CompletableFuture<Boolean> save(String holder, Duration lease, long position, Map<String, Long> sequences);

    /** Gives the lease back, if the holder has it. */
    CompletableFuture<Void> release(String holder);

    /** The remembered position; 0 before the first relay. */
    CompletableFuture<Long> position();
}
