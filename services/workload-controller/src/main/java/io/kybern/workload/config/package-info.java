/** Wires the controllers. */
@NullMarked
package io.kybern.workload.config;

import org.jspecify.annotations.NullMarked;
