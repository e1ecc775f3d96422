/** What load runs measured, and how it is told. */
@NullMarked
package io.kybern.benchmarks.report;

import org.jspecify.annotations.NullMarked;
