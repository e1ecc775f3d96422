/** What a DaemonSet asks for: which nodes have its pod, and how that is replaced. */
@NullMarked
package io.kybern.workload.core.daemonset;

import org.jspecify.annotations.NullMarked;
