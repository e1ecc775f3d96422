/** The queue of keys between events and workers: one entry per key, one worker per key, delays and rates. */
@NullMarked
package io.kybern.controller.queue;

import org.jspecify.annotations.NullMarked;
