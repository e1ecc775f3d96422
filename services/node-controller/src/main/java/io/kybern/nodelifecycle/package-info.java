/** Node lifecycle: heartbeats, taints, eviction, pod CIDRs, orphaned pods. */
@NullMarked
package io.kybern.nodelifecycle;

import org.jspecify.annotations.NullMarked;
