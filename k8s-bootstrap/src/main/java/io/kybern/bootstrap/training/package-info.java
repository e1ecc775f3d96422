/** A run of all services in one process, from which the JVM learns what they load and how they start. */
@NullMarked
package io.kybern.bootstrap.training;

import org.jspecify.annotations.NullMarked;
