/** Micro-benchmarks of the paths that every request takes. */
@NullMarked
package io.kybern.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
