/** Wires the lifecycle controllers. */
@NullMarked
package io.kybern.lifecycle.config;

import org.jspecify.annotations.NullMarked;
