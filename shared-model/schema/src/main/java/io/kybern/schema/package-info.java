/** Structural schemas, defaults, pruning and the merges. */
@NullMarked
package io.kybern.schema;

import org.jspecify.annotations.NullMarked;
