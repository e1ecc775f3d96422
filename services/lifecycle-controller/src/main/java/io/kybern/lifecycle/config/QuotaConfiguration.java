package io.kybern.lifecycle.config;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.quota.Amounts;
import io.kybern.controller.Controller;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import io.kybern.lifecycle.core.AnyObjects;
import io.kybern.lifecycle.core.quota.MeasuredObject;
import io.kybern.lifecycle.core.quota.QuotaReconciler;
import io.kybern.lifecycle.core.quota.QuotaUsage;
import io.kybern.lifecycle.core.quota.RecentCharges;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The controller of resource quotas. */
@Configuration(proxyBeanMethods = false)
class QuotaConfiguration {

    /** The name of the controller's queue. */
    static final String QUEUE = "resourcequota_primary";

    private static final ResourceType TYPE = ResourceRegistry.builtIn().require("", "v1", "resourcequotas");

    /** What becomes free by time alone, such as a pod that is stuck, is found by then. */
    private static final Duration RESYNC = Duration.ofMinutes(5);

    /** Which quotas a change of any object concerns. */
    record QuotaChanges(QuotaUsage usage, Informer<MeasuredObject> quotas) {

        Collection<ObjectKey> of(AnyObjects.Entry entry, ObjectChange<? extends HasMetadata> change) {
            return usage.concerned(
                    entry, change, quotas.byNamespace(change.key().namespace()));
        }
    }

    /** The cache of quotas. */
    static Informer<MeasuredObject> quotas(Informers informers) {
        return informers.of("", "v1", "resourcequotas", MeasuredObject.class);
    }

    @Bean
    QuotaChanges quotaChanges(Informers informers, AnyObjects objects) {
        return new QuotaChanges(new QuotaUsage(objects, Clock.systemUTC()), quotas(informers));
    }

    @Bean
    Controller quotaController(
            Informers informers, ApiClients clients, LeaderElector elector, AnyObjects objects, QuotaChanges changes) {
        Informer<MeasuredObject> quotas = quotas(informers);
        RecentCharges charges = new RecentCharges(Clock.systemUTC());
        quotas.onChange(change -> charges.seen(change.key(), used(change.before()), used(change.after())));
        Controller.Builder builder = Controller.builder(QUEUE)
                .reconciler(new QuotaReconciler(
                        quotas,
                        clients.objects(TYPE, MeasuredObject.class, elector::isLeader),
                        changes.usage(),
                        charges,
                        Clock.systemUTC()))
                .resync(RESYNC)
                .reconciling(quotas, TYPE.kind());
        for (AnyObjects.Entry entry : objects.all()) {
            builder.watching(entry.cache(), entry.type().kind(), change -> changes.of(entry, change));
        }
        return builder.build();
    }

    private static Amounts used(@Nullable MeasuredObject quota) {
        return quota == null
                ? Amounts.NONE
                : Amounts.read(quota.counted().path("status").path("used"));
    }
}
