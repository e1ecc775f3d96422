/** The ranges that cluster IPs are taken from. */
@NullMarked
package io.kybern.lifecycle.core.ranges;

import org.jspecify.annotations.NullMarked;
