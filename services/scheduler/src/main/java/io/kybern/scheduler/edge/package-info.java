/** What comes in from outside: changes in the cluster. */
@NullMarked
package io.kybern.scheduler.edge;

import org.jspecify.annotations.NullMarked;
