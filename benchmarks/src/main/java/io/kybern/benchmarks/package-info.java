/** Load runs against a whole control plane: the program and its arguments. */
@NullMarked
package io.kybern.benchmarks;

import org.jspecify.annotations.NullMarked;
