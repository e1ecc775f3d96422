package io.kybern.scheduler.config;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The scheduler's settings.
 *
 * @param schedulerName it places the pods that name this scheduler
 * @param percentageOfNodesToScore how many feasible nodes are enough, in percent of all; 0 chooses by cluster size
 * @param concurrentBindings how many bindings may be under way at once
 */
@ConfigurationProperties("kybern.scheduler")
public record SchedulerProperties(
        @DefaultValue("default-scheduler") String schedulerName,
        @DefaultValue("0") int percentageOfNodesToScore,
        @DefaultValue("32") int concurrentBindings) {}
