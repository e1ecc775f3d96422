/** Settings and wiring of the node daemon. */
@NullMarked
package io.kybern.node.config;

import org.jspecify.annotations.NullMarked;
