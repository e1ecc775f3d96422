/** Where log collectors look for the logs of containers. */
@NullMarked
package io.kybern.node.logs;

import org.jspecify.annotations.NullMarked;
