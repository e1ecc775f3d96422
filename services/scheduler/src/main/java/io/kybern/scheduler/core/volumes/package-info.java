/** The volumes of pods: what is known of them, and which of them are spoken for. */
@NullMarked
package io.kybern.scheduler.core.volumes;

import org.jspecify.annotations.NullMarked;
