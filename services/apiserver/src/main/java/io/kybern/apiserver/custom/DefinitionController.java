package io.kybern.apiserver.custom;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.registry.extensions.Conditions.Condition;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchEvent;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives definitions their names, establishes them, and empties those that are to go. Every API server does this; each write names the
 * state that it was decided on, so of two that decide at the same time one has its way and the other looks again.
 */
final class DefinitionController implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DefinitionController.class);

    /** How soon instances that have finalizers of their own are looked at again. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final Duration BACK_OFF = Duration.ofSeconds(1);
    private static final Duration RESYNC = Duration.ofMinutes(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    private final WatchCache cache;
    private final ObjectStore store;
    private final CustomResources resources;
    private final ResourceType definitions;
    private final Clock clock;
    private final Semaphore changes = new Semaphore(1);
    private volatile boolean stopped;
    private volatile @Nullable Watch watch;
    private volatile @Nullable Thread thread;

    DefinitionController(
            CustomResources resources, WatchCache cache, ObjectStore store, ResourceRegistry registry, Clock clock) {
        this.resources = resources;
        this.cache = cache;
        this.store = store;
        this.definitions = registry.require("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        this.clock = clock;
    }

    /** Begins; once. */
    void start() {
        follow();
        thread = Thread.ofVirtual().name("custom-resource-definitions").start(this::run);
    }

    private void follow() {
        WatchSink sink = new WatchSink() {
            @Override
            public void next(WatchEvent event) {
                changes.release();
            }

            @Override
            public void closed() {
                if (!stopped) {
                    follow();
                }
            }
        };
        watch = cache.watch(CustomResources.DEFINITIONS, Watch.ANY, Selection.everything(), WatchOptions.none(), sink);
    }

    private void run() {
        Duration wait = RESYNC;
        while (!stopped) {
            try {
                changes.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
                changes.drainPermits();
                wait = stopped ? RESYNC : pass();
            } catch (InterruptedException e) {
                return;
            } catch (StorageException e) {
                LOG.atWarn().addKeyValue("cause", e.getMessage()).log("Definitions are looked at again soon");
                wait = BACK_OFF;
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("A pass over the definitions failed");
                wait = BACK_OFF;
            }
        }
    }

    /** Looks at every definition; answers when to look again though nothing changes. */
    private Duration pass() {
        resources.refreshToLatest();
        Snapshot snapshot = join(cache.snapshot(CustomResources.DEFINITIONS, RevisionRequest.latest()));
        List<ObjectNode> all = new ArrayList<>();
        for (CachedObject each : snapshot.range("", null)) {
            all.add(each.tree());
        }
        Duration wait = RESYNC;
        for (int i = 0; i < all.size(); i++) {
            ObjectNode definition = all.get(i);
            try {
                if (KubeObject.isBeingDeleted(definition)) {
                    if (!empty(definition)) {
                        wait = LOOK_AGAIN;
                    }
                } else if (new DefinitionNaming(definition, all, clock.instant()).update()) {
                    write(definition);
                }
            } catch (StorageException.Conflict | StorageException.NotFound e) {
                LOG.atDebug()
                        .addKeyValue("definition", KubeObject.name(definition))
                        .log("The definition changed meanwhile; the change brings it back");
            }
        }
        return wait;
    }

    private void write(ObjectNode definition) {
        long revision = Long.parseLong(KubeObject.resourceVersion(definition));
        join(store.update(definitions, key(definition), revision, definition));
    }

    private static ObjectKey key(ObjectNode definition) {
        return ObjectKey.clusterScoped(KubeObject.name(definition));
    }

    /** Deletes the instances, and lets the definition go once there are none; answers whether that is done. */
    private boolean empty(ObjectNode definition) {
        if (!KubeObject.finalizers(definition).contains(Conditions.CLEANUP)) {
            return true;
        }
        if (Conditions.set(
                definition,
                new Condition(
                        "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"),
                clock.instant())) {
            // the change brings it back, and by then every API server that follows refuses new instances
            write(definition);
            return false;
        }
        if (!Conditions.isTrue(definition, "Established")) {
            finish(definition, "NeverEstablished", "resource was never established");
            return true;
        }
        GroupResource resource = new GroupResource(
                definition.path("spec").path("group").asString(""),
                definition.path("spec").path("names").path("plural").asString(""));
        InstanceRemoval removal = new InstanceRemoval(cache, store, clock);
        if (!removal.removeAll(resources.read(definition).anyType(), resource)) {
            return false;
        }
        finish(definition, "InstanceDeletionCompleted", "removed all instances");
        return true;
    }

    private void finish(ObjectNode definition, String reason, String message) {
        Conditions.set(definition, new Condition("Terminating", "False", reason, message), clock.instant());
        ArrayNode others = definition.arrayNode();
        KubeObject.finalizers(definition).stream()
                .filter(each -> !each.equals(Conditions.CLEANUP))
                .forEach(others::add);
        if (!others.isEmpty()) {
            KubeObject.metadata(definition).set("finalizers", others);
            write(definition);
            return;
        }
        KubeObject.metadata(definition).remove("finalizers");
        long revision = Long.parseLong(KubeObject.resourceVersion(definition));
        join(store.delete(definitions, key(definition), revision, definition));
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (RuntimeException e) {
            throw StorageException.of(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        changes.release();
        Optional.ofNullable(watch).ifPresent(Watch::close);
        Thread running = thread;
        if (running != null) {
            running.join(STOP_PATIENCE);
            running.interrupt();
        }
    }
}
