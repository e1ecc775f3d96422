/** The scheduler: filter, score, bind. */
@NullMarked
package io.kybern.scheduler;

import org.jspecify.annotations.NullMarked;
