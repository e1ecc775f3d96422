/** How loudly something that goes on failing is told of. */
@NullMarked
package io.kybern.node.trouble;

import org.jspecify.annotations.NullMarked;
