/** The API objects that pods refer to, read by name under the node's own rights. */
@NullMarked
package io.kybern.node.objects;

import org.jspecify.annotations.NullMarked;
