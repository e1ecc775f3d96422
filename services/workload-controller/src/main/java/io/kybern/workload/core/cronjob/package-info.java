/** When a CronJob is due, and what becomes of its Jobs. */
@NullMarked
package io.kybern.workload.core.cronjob;

import org.jspecify.annotations.NullMarked;
