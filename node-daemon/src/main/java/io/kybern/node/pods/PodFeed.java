package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kybern.node.runtime.ContainerRuntime;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Tells the keeper of this node's pods as the API server tells of them, and of containers as the engine does. */
public final class PodFeed implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PodFeed.class);
    private static final long SYNC_POLL_MILLIS = 200;

    private final SharedIndexInformer<Pod> pods;
    private final Supplier<Set<String>> staticPods;
    private final EngineReports reports;
    private final PodKeeper keeper;
    private final ScheduledExecutorService timer;
    private volatile boolean running;

    /**
     * @param pods the pods that are bound to this node; not started
     * @param staticPods the pods that belong here though no object says so
     * @param timer triggers only
     */
    public PodFeed(
            SharedIndexInformer<Pod> pods,
            Supplier<Set<String>> staticPods,
            ContainerRuntime runtime,
            PodKeeper keeper,
            ScheduledExecutorService timer) {
        this.pods = pods;
        this.staticPods = staticPods;
        this.reports = new EngineReports(runtime, keeper::changed, keeper::lookAgain, timer);
        this.keeper = keeper;
        this.timer = timer;
    }

    @Override
    public void start() {
        running = true;
        reports.begin();
        timer.scheduleWithFixedDelay(
                this::relist, Relist.EVERY.toMillis(), Relist.EVERY.toMillis(), TimeUnit.MILLISECONDS);
        pods.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod added) {
                if (!StaticPod.isMirror(added)) {
                    keeper.seen(StaticPod.fromApi(added));
                }
            }

            @Override
            public void onUpdate(Pod before, Pod after) {
                if (!before.getMetadata().getUid().equals(after.getMetadata().getUid())) {
                    // nobody tells of a deletion that fell into an interruption if the name was taken again meanwhile
                    onDelete(before, true);
                }
                if (!StaticPod.isMirror(after)) {
                    keeper.seen(StaticPod.fromApi(after));
                }
            }

            @Override
            public void onDelete(Pod deleted, boolean finalStateUnknown) {
                if (!StaticPod.isMirror(deleted)) {
                    keeper.gone(StaticPod.fromApi(deleted));
                }
            }
        });
        pods.exceptionHandler((started, failure) -> true);
        pods.start();
        awaitSync();
    }

    private void relist() {
        if (running) {
            keeper.relist();
        }
    }

    /** Once all pods are known, whatever else runs here is a left-over. */
    private void awaitSync() {
        if (!running) {
            return;
        }
        if (pods.hasSynced()) {
            Set<String> uids = pods.getIndexer().list().stream()
                    .filter(pod -> !StaticPod.isMirror(pod))
                    .map(pod -> pod.getMetadata().getUid())
                    .collect(Collectors.toSet());
            uids.addAll(staticPods.get());
            keeper.synced(uids);
            log.atInfo().addKeyValue("pods", uids.size()).log("the pods of this node are known");
        } else {
            timer.schedule(this::awaitSync, SYNC_POLL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void stop() {
        running = false;
        pods.stop();
        keeper.close();
        reports.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
