@NullMarked
package io.kybern.scheduler.core.queue;

import org.jspecify.annotations.NullMarked;
