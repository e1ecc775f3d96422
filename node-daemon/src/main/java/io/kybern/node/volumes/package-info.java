/** A pod's volumes: a directory each, filled and kept up to date. */
@NullMarked
package io.kybern.node.volumes;

import org.jspecify.annotations.NullMarked;
