/** The node's packet filter: rule sets as values, and the programs that put them in place. */
@NullMarked
package io.kybern.node.iptables;

import org.jspecify.annotations.NullMarked;
