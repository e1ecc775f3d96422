package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.ObjectChange;
import io.kybern.workload.core.cronjob.CronJobReconciler;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** CronJobs. */
@Configuration(proxyBeanMethods = false)
class CronJobConfiguration {

    @Bean
    Controller cronJobController(Informers informers, ObjectApis apis, EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        CronJobReconciler.Access access =
                new CronJobReconciler.Access(informers.cronJobs(), informers.jobs(), apis.cronJobs(), apis.jobs());
        return Controller.builder("cronjob")
                .reconciler(new CronJobReconciler(access, fence, recorders.of("cronjob-controller"), Clock.systemUTC()))
                .reconciling(access.cronJobs(), "CronJob")
                .watching(access.jobs(), "Job", CronJobConfiguration::owner)
                .fence(fence)
                .build();
    }

    private static Collection<ObjectKey> owner(ObjectChange<Job> change) {
        Job job = change.after() == null ? change.before() : change.after();
        Optional<OwnerReference> owner = job == null ? Optional.empty() : Owners.controllerOf(job);
        return owner.filter(reference -> reference.getKind().equals("CronJob"))
                .map(reference -> List.of(new ObjectKey(change.key().namespace(), reference.getName())))
                .orElse(List.of());
    }
}
