/** The schedules of CronJobs. */
@NullMarked
package io.kybern.api.cron;

import org.jspecify.annotations.NullMarked;
