/** Workloads: ReplicaSets, Deployments and their like. */
@NullMarked
package io.kybern.apiserver.registry.apps;

import org.jspecify.annotations.NullMarked;
