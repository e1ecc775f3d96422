/** The plugins of the default profile, one class each, named as in Kubernetes. */
@NullMarked
package io.kybern.scheduler.core.plugins;

import org.jspecify.annotations.NullMarked;
