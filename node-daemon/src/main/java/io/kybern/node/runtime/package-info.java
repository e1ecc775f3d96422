/** What the node asks of a container engine, and the Docker Engine behind it. */
@NullMarked
package io.kybern.node.runtime;

import org.jspecify.annotations.NullMarked;
