/** The scheduler's view of nodes and assigned pods, owned by the scheduler thread. */
@NullMarked
package io.kybern.scheduler.core.cache;

import org.jspecify.annotations.NullMarked;
