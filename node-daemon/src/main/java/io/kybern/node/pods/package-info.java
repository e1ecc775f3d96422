/** The pods of this node: one worker each, the lifecycle as a transition table, their status. */
@NullMarked
package io.kybern.node.pods;

import org.jspecify.annotations.NullMarked;
