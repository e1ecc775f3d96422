/** Ranges of cluster IPs, under test. */
@NullMarked
package io.kybern.lifecycle.core.ranges;

import org.jspecify.annotations.NullMarked;
