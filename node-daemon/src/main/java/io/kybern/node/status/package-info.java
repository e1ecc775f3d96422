/** The node's own object: registration, heartbeat, conditions. */
@NullMarked
package io.kybern.node.status;

import org.jspecify.annotations.NullMarked;
