package io.kybern.controller.queue;

import java.time.Duration;

/** Told what happens in a {@link WorkQueue}, for metrics. Called under the queue's lock: must be quick and not call back. */
public interface QueueListener {

    /** Hears nothing. */
    QueueListener NONE = new QueueListener() {};

    /** A key joined the queue; keys that were in it already do not count. */
    default void added() {}

    /** A worker took a key that had waited so long. */
    default void taken(Duration waited) {}

    /** A worker is done with a key on which it worked so long. */
    default void finished(Duration worked) {}

    /** A key failed and is to be tried again. */
    default void retried() {}
}
