/** The queue of pods waiting for a node: active, backing off, unschedulable. */
@NullMarked
package io.kybern.scheduler.core.queue;

import org.jspecify.annotations.NullMarked;
