/** What pods and the node use of the machine, and the pages that tell it. */
@NullMarked
package io.kybern.node.stats;

import org.jspecify.annotations.NullMarked;
