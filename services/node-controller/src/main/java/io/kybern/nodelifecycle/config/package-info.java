/** Wires the node controllers. */
@NullMarked
package io.kybern.nodelifecycle.config;

import org.jspecify.annotations.NullMarked;
