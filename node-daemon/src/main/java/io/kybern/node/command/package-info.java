/** Runs the machine's own programs, such as ip and iptables, with a time limit and no shell. */
@NullMarked
package io.kybern.node.command;

import org.jspecify.annotations.NullMarked;
