/** Who may use the node's API, and for what. */
@NullMarked
package io.kybern.node.access;

import org.jspecify.annotations.NullMarked;
