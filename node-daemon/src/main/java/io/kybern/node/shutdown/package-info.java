/** Ends the pods of a machine that is about to be turned off, in the order of their importance. */
@NullMarked
package io.kybern.node.shutdown;

import org.jspecify.annotations.NullMarked;
