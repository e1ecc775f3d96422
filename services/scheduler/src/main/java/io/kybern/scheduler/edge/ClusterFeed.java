package io.kybern.scheduler.edge;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.ObjectKey;
import io.kybern.controller.LeaderTask;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.events.Informer;
import io.kybern.scheduler.core.Scheduler;
import io.kybern.scheduler.core.SchedulerLoop;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells the scheduler what changes in the cluster, and lets it place pods while this process leads.
 *
 * <p>Each change is handed to the scheduler's thread in the order in which the caches learn of it. When the process
 * begins to lead, the scheduler is first told the whole state once more, so it never places the first pod on a cluster
 * of which it has seen only a part.
 */
public final class ClusterFeed implements LeaderTask {

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Informer<Namespace> namespaces;
    private final Informer<Service> services;
    private final Informer<PodDisruptionBudget> budgets;
    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<PersistentVolume> volumes;
    private final Informer<StorageClass> classes;
    private final Scheduler scheduler;
    private final SchedulerLoop loop;

    /** Listens from now on. */
    public ClusterFeed(Informers informers, Scheduler scheduler, SchedulerLoop loop) {
        this.pods = informers.pods();
        this.nodes = informers.nodes();
        this.namespaces = informers.namespaces();
        this.services = informers.services();
        this.budgets = informers.of("policy", "v1", "poddisruptionbudgets", PodDisruptionBudget.class);
        this.claims = informers.persistentVolumeClaims();
        this.volumes = informers.persistentVolumes();
        this.classes = informers.of("storage.k8s.io", "v1", "storageclasses", StorageClass.class);
        this.scheduler = scheduler;
        this.loop = loop;
        pods.onChange(c -> loop.execute(() -> scheduler.podChanged(c.key(), c.after())));
        nodes.onChange(c -> loop.execute(() -> scheduler.nodeChanged(c.key().name(), c.after())));
        namespaces.onChange(c -> loop.execute(() -> tellNamespace(c.key(), c.after())));
        services.onChange(c -> loop.execute(() -> scheduler.serviceChanged(c.key(), c.after())));
        budgets.onChange(c -> loop.execute(() -> scheduler.budgetChanged(c.key(), c.after())));
        claims.onChange(c -> loop.execute(() -> scheduler.storageChanged(c.key())));
        volumes.onChange(c -> loop.execute(() -> scheduler.storageChanged(null)));
        classes.onChange(c -> loop.execute(() -> scheduler.storageChanged(null)));
    }

    private void tellNamespace(ObjectKey key, @Nullable Namespace namespace) {
        Map<String, String> labels =
                namespace == null ? null : namespace.getMetadata().getLabels();
        scheduler.namespaceChanged(key.name(), namespace != null && labels == null ? Map.of() : labels);
    }

    @Override
    public boolean ready() {
        return Stream.of(pods, nodes, namespaces, services, budgets, claims, volumes, classes)
                .allMatch(Informer::hasSynced);
    }

    @Override
    public void begin() {
        loop.execute(() -> {
            namespaces.list().forEach(n -> tellNamespace(ObjectKeys.of(n), n));
            services.list().forEach(s -> scheduler.serviceChanged(ObjectKeys.of(s), s));
            budgets.list().forEach(b -> scheduler.budgetChanged(ObjectKeys.of(b), b));
            nodes.list().forEach(n -> scheduler.nodeChanged(n.getMetadata().getName(), n));
            pods.list().forEach(p -> scheduler.podChanged(ObjectKeys.of(p), p));
        });
        loop.lead();
    }

    @Override
    public void end() {
        loop.retire();
    }
}
