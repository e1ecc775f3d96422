/** Liveness, readiness and startup probes of running containers. */
@NullMarked
package io.kybern.node.probes;

import org.jspecify.annotations.NullMarked;
