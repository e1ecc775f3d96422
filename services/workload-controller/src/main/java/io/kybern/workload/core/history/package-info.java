/** The states that a workload has had. */
@NullMarked
package io.kybern.workload.core.history;

import org.jspecify.annotations.NullMarked;
