/** HorizontalPodAutoscalers: from what pods use to how many there should be. */
@NullMarked
package io.kybern.workload.core.autoscaling;

import org.jspecify.annotations.NullMarked;
