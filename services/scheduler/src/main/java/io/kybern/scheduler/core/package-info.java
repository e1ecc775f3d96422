/** The scheduling decisions: the cycle, the state it works on and the ports it needs. */
@NullMarked
package io.kybern.scheduler.core;

import org.jspecify.annotations.NullMarked;
