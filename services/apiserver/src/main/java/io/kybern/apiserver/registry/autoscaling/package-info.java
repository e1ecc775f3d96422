/** HorizontalPodAutoscalers in both of their versions. */
@NullMarked
package io.kybern.apiserver.registry.autoscaling;

import org.jspecify.annotations.NullMarked;
