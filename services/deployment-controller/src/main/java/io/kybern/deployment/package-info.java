/** Deployment: rollout, rollback, pause. */
@NullMarked
package io.kybern.deployment;

import org.jspecify.annotations.NullMarked;
