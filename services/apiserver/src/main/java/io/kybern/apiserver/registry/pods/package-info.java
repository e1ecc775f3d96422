/** Pods, and the pod templates of workloads. */
@NullMarked
package io.kybern.apiserver.registry.pods;

import org.jspecify.annotations.NullMarked;
