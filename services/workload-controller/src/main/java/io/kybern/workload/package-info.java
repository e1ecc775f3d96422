/** StatefulSet, DaemonSet, Job and CronJob. */
@NullMarked
package io.kybern.workload;

import org.jspecify.annotations.NullMarked;
