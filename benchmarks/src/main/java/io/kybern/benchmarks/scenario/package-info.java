/** The work that load runs put on a control plane. */
@NullMarked
package io.kybern.benchmarks.scenario;

import org.jspecify.annotations.NullMarked;
