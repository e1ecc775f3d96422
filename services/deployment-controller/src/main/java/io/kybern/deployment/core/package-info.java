/** How a Deployment's ReplicaSets get from one revision to the next. */
@NullMarked
package io.kybern.deployment.core;

import org.jspecify.annotations.NullMarked;
