package io.kybern.controller;

import io.kybern.controller.queue.QueueListener;

/** Told what happens in a {@link Controller}, for metrics. */
interface ControllerListener extends QueueListener {

    /** Hears nothing. */
    ControllerListener NONE = new ControllerListener() {};

    /** A pass ended. */
    default void reconciled(boolean success) {}
}
