package io.kybern.controller.queue;

import java.time.Duration;

/** Decides how long a key that failed has to wait. Safe for use by several threads. */
public interface RateLimiter<K> {

    /** Counts one more failure of the key and says how long to wait before the next try. */
    Duration when(K key);

    /** The failures of the key no longer count. */
    void forget(K key);

    /** How many failures of the key count at present. */
    int retries(K key);
}
