/** What the workloads have in common. */
@NullMarked
package io.kybern.workload.core;

import org.jspecify.annotations.NullMarked;
