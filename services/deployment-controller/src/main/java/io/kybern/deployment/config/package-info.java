/** Wires the deployment controller. */
@NullMarked
package io.kybern.deployment.config;

import org.jspecify.annotations.NullMarked;
