package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.framework.SchedulingCycle;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.plugins.DefaultProfile;
import java.time.Clock;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SchedulerLoopTest {

    private final Map<String, String> bound = new ConcurrentHashMap<>();
    private final Map<String, String> threads = new ConcurrentHashMap<>();
    private final FakeStorage storage = new FakeStorage();
    private final SchedulerLoop loop = new SchedulerLoop(Clock.systemUTC());

    private Scheduler scheduler() {
        Profile profile = DefaultProfile.create("default-scheduler", storage, new BindPlugin() {
            @Override
            public void bind(PodInfo pod, String node) {
                bound.put(pod.key().name(), node);
            }

            @Override
            public String name() {
                return "DefaultBinder";
            }
        });
        SchedulingReporter reporter = new SchedulingReporter() {
            @Override
            public void scheduled(PodInfo pod, String node) {
                threads.put(pod.key().name(), Thread.currentThread().getName());
            }

            @Override
            public void unschedulable(PodInfo pod, String message, @Nullable String nominatedNode) {}

            @Override
            public void promiseTakenBack(PodInfo pod) {}

            @Override
            public void failed(PodInfo pod, String message) {}
        };
        return new Scheduler(
                profile,
                new SchedulingCycle(profile, 0, new Random(1)),
                new Scheduler.Outside(
                        reporter, (victim, pod, node) -> {}, SchedulingListener.NONE, loop, Runnable::run),
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    @Test
    void placesPodsOnlyWhileItLeadsAndOnItsOwnThread() throws InterruptedException {
        Scheduler scheduler = scheduler();
        loop.start(scheduler);
        Pod pod = pod("p");
        loop.execute(() -> scheduler.nodeChanged("a", node("a", "4", "8Gi")));
        loop.execute(() -> scheduler.podChanged(new ObjectKey("default", "p"), pod));
        CountDownLatch drained = new CountDownLatch(2);
        loop.execute(drained::countDown);
        loop.execute(() -> loop.execute(drained::countDown));
        drained.await();
        assertThat(bound).isEmpty();
        loop.lead();
        await("the pod is bound").until(() -> threads.containsKey("p"));
        assertThat(threads).containsEntry("p", "scheduler");
        loop.retire();
        loop.execute(() -> scheduler.podChanged(new ObjectKey("default", "q"), pod("q")));
        settle();
        assertThat(bound).containsOnlyKeys("p");
    }

    private void settle() throws InterruptedException {
        CountDownLatch quiet = new CountDownLatch(1);
        loop.execute(() -> loop.execute(quiet::countDown));
        quiet.await();
    }

    @Test
    void whatWaitsForItsVolumeIsBoundOnlyWhenItLeadsAgain() throws InterruptedException {
        storage.lateClass("by-hand", VolumeMatch.BY_HAND);
        storage.volume("v", "by-hand", "a");
        storage.claim("c", "by-hand");
        Scheduler scheduler = scheduler();
        loop.start(scheduler);
        Pod pod = pod("p", each -> each.editSpec()
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim("c", false)
                .endVolume()
                .endSpec());
        loop.execute(() -> scheduler.nodeChanged("a", node("a", "4", "8Gi")));
        loop.execute(() -> scheduler.podChanged(new ObjectKey("default", "p"), pod));
        loop.lead();
        settle();
        settle();
        loop.retire();
        // nothing is written any more, so it may be read here
        assertThat(storage.writes).containsExactly("keep v for c");
        loop.execute(() -> {
            storage.bind("c", "v");
            scheduler.storageChanged(new ObjectKey("default", "c"));
        });
        settle();
        assertThat(bound).isEmpty();

        loop.lead();
        await("the pod is bound").until(() -> threads.containsKey("p"));
    }
}
