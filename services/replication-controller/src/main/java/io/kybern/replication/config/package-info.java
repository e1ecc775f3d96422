/** Wires the two controllers. */
@NullMarked
package io.kybern.replication.config;

import org.jspecify.annotations.NullMarked;
