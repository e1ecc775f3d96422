/** Control groups: where the kernel shows them, and the groups that pods are in. */
@NullMarked
package io.kybern.node.cgroups;

import org.jspecify.annotations.NullMarked;
