/** Settings and wiring of the scheduler. */
@NullMarked
package io.kybern.scheduler.config;

import org.jspecify.annotations.NullMarked;
