/** Events that the node writes about its pods and itself. */
@NullMarked
package io.kybern.node.events;

import org.jspecify.annotations.NullMarked;
