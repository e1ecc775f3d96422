/** Says how many pods may be disrupted: the controller of PodDisruptionBudgets. */
@NullMarked
package io.kybern.workload.core.disruption;

import org.jspecify.annotations.NullMarked;
