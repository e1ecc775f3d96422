package io.kybern.scheduler.config;

import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.LeaderTask;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.scheduler.adapter.ApiBinder;
import io.kybern.scheduler.adapter.ApiEvictions;
import io.kybern.scheduler.adapter.ApiReporter;
import io.kybern.scheduler.adapter.ApiStorage;
import io.kybern.scheduler.adapter.BoundedExecutor;
import io.kybern.scheduler.adapter.SchedulerMetrics;
import io.kybern.scheduler.core.Scheduler;
import io.kybern.scheduler.core.SchedulerLoop;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.framework.SchedulingCycle;
import io.kybern.scheduler.core.plugins.DefaultProfile;
import io.kybern.scheduler.edge.ClusterFeed;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.random.RandomGenerator;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Puts the scheduler together. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
@EnableConfigurationProperties(SchedulerProperties.class)
public class SchedulerConfiguration {

    @Bean
    SchedulerLoop schedulerLoop() {
        return new SchedulerLoop(Clock.systemUTC());
    }

    @Bean
    BoundedExecutor schedulerWrites(SchedulerProperties properties) {
        return new BoundedExecutor("scheduler-write-", properties.concurrentBindings());
    }

    @Bean
    SchedulerMetrics schedulerMetrics(MeterRegistry registry, SchedulerProperties properties) {
        return new SchedulerMetrics(registry, properties.schedulerName());
    }

    @Bean
    Scheduler scheduler(
            SchedulerProperties properties,
            SchedulerMetrics metrics,
            SchedulerLoop loop,
            BoundedExecutor writes,
            ApiReporter reporter,
            ApiEvictions evictions,
            Profile profile) {
        SchedulingCycle cycle =
                new SchedulingCycle(profile, properties.percentageOfNodesToScore(), RandomGenerator.getDefault());
        Scheduler scheduler = new Scheduler(
                profile, cycle, new Scheduler.Outside(reporter, evictions, metrics, loop, writes), Clock.systemUTC());
        metrics.watch(scheduler::depths);
        loop.start(scheduler);
        return scheduler;
    }

    @Bean
    Profile schedulerProfile(SchedulerProperties properties, ApiStorage storage, ApiBinder binder) {
        return DefaultProfile.create(properties.schedulerName(), storage, binder);
    }

    @Bean
    ApiStorage apiStorage(Informers informers, ObjectApis apis) {
        return new ApiStorage(informers, apis);
    }

    @Bean
    ApiBinder apiBinder(ApiClients clients) {
        return new ApiBinder(clients.kubernetes());
    }

    @Bean
    ApiReporter apiReporter(
            ObjectApis apis, EventRecorders recorders, SchedulerProperties properties, BoundedExecutor writes) {
        return new ApiReporter(apis.pods(), recorders.of(properties.schedulerName()), writes, Clock.systemUTC());
    }

    @Bean
    ApiEvictions apiEvictions(
            ObjectApis apis, EventRecorders recorders, SchedulerProperties properties, BoundedExecutor writes) {
        String name = properties.schedulerName();
        return new ApiEvictions(apis.pods(), recorders.of(name), name, writes, Clock.systemUTC());
    }

    @Bean
    LeaderTask clusterFeed(Informers informers, Scheduler scheduler, SchedulerLoop loop) {
        return new ClusterFeed(informers, scheduler, loop);
    }
}
