/** Decisions about nodes and the pods on them. */
@NullMarked
package io.kybern.nodelifecycle.core;

import org.jspecify.annotations.NullMarked;
