/** Pods that files on the machine describe, and the objects that show them. */
@NullMarked
package io.kybern.node.statics;

import org.jspecify.annotations.NullMarked;
