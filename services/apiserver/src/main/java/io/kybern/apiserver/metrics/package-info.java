/** The resource-metrics API: what nodes and pods use, asked of the nodes when somebody wants to know. */
@NullMarked
package io.kybern.apiserver.metrics;

import org.jspecify.annotations.NullMarked;
