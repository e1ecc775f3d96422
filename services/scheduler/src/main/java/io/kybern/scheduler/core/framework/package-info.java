/** The scheduling framework: the extension points that plugins implement, with the names and meaning of Kubernetes. */
@NullMarked
package io.kybern.scheduler.core.framework;

import org.jspecify.annotations.NullMarked;
