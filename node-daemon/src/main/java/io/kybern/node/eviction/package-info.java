/** What the node does when it runs short of memory, disk or processes. */
@NullMarked
package io.kybern.node.eviction;

import org.jspecify.annotations.NullMarked;
