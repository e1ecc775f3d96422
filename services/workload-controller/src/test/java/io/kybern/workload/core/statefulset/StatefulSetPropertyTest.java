package io.kybern.workload.core.statefulset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.model.Owners;
import io.kybern.events.ObjectChange;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever comes between the passes (caches that lag, writes that fail, a successor with older caches, changes of scale and template), an
 * ordered StatefulSet never has two pods of one identity at work, brings a pod only when those before it were there, and ends up as asked.
 */
@Timeout(300)
class StatefulSetPropertyTest {

    private final Map<String, String> working = new HashMap<>();

    private static LongStream seeds() {
        return PropertySeeds.of(60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void neverHasTwoPodsOfOneIdentity(long seed) {
        Random random = new Random(seed);
        SetFixture web = new SetFixture(spec -> {});
        web.sets.hold();
        web.pods.hold();
        web.revisions.hold();
        WriteFence fence = new WriteFence(web.cluster.clock());
        StatefulSetReconciler reconciler = web.reconciler(fence);
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(12)) {
                case 0, 1 -> web.sets.deliver(1 + random.nextInt(3));
                case 2, 3 -> web.pods.deliver(1 + random.nextInt(4));
                case 4 -> web.revisions.deliver(1 + random.nextInt(2));
                case 5, 6 -> nodesWork(web, random);
                case 7 -> web.change(spec -> spec.setReplicas(random.nextInt(5)));
                case 8 -> web.image("image:" + random.nextInt(3));
                case 9 -> {
                    fence = new WriteFence(web.cluster.clock());
                    reconciler = web.reconciler(fence);
                }
                case 10 -> {
                    int every = 1 + random.nextInt(4);
                    web.pods.failWrites(verb -> fault(random, every));
                }
                default -> reconcile(reconciler, fence);
            }
            assertOneOfEach(web);
        }
        web.pods.failWrites(verb -> null);
        web.change(spec -> spec.setReplicas(3));
        web.image("image:9");
        for (int round = 0; round < 60; round++) {
            List.of(web.sets, web.pods, web.revisions).forEach(objects -> objects.deliverAll());
            reconcile(reconciler, fence);
            web.pods.deliverAll();
            web.pods.all().forEach(pod -> step(web, pod));
        }
        assertThat(web.names()).containsExactly("web-0", "web-1", "web-2");
        assertThat(web.images()).containsOnly("image:9");
    }

    private static @Nullable ApiFailure fault(Random random, int every) {
        return every < 4 && random.nextInt(every) == 0
                ? ApiFailure.answered(500, "InternalError", "broken", null)
                : null;
    }

    private static void reconcile(StatefulSetReconciler reconciler, WriteFence fence) {
        try {
            if (fence.await(SetFixture.KEY, Duration.ZERO)) {
                reconciler.reconcile(SetFixture.KEY);
            }
        } catch (ApiFailure failure) {
            // the runtime repeats the pass
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void nodesWork(SetFixture web, Random random) {
        List<Pod> pods = List.copyOf(web.pods.all());
        if (!pods.isEmpty()) {
            step(web, pods.get(random.nextInt(pods.size())));
        }
    }

    /** A node starts a pod, or ends one that is to go. */
    private void step(SetFixture web, Pod pod) {
        String name = pod.getMetadata().getName();
        if (Owners.isTerminating(pod)) {
            working.remove(name);
            web.pods.remove(new ObjectKey("ns", name));
        } else if (!SetPods.isRunningAndReady(pod)) {
            String before = working.put(name, pod.getMetadata().getUid());
            assertThat(before)
                    .as("another %s at work", name)
                    .isIn(null, pod.getMetadata().getUid());
            web.ready(pod);
        }
    }

    /** A pod that works has not been replaced behind its node's back. */
    private void assertOneOfEach(SetFixture web) {
        working.forEach((name, uid) -> assertThat(
                        web.pod(SetPods.ordinal("web", name)).getMetadata().getUid())
                .isEqualTo(uid));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bringsAPodOnlyWhenThoseBeforeItAreReady(long seed) {
        Random random = new Random(seed);
        SetFixture web = new SetFixture(spec -> spec.setReplicas(1 + random.nextInt(6)));
        web.pods.informer().onChange(change -> assertOrder(web, change));
        web.sets.hold();
        web.revisions.hold();
        WriteFence fence = new WriteFence(web.cluster.clock());
        StatefulSetReconciler reconciler = web.reconciler(fence);
        for (int step = 0; step < 150; step++) {
            switch (random.nextInt(4)) {
                case 0 -> web.sets.deliver(1 + random.nextInt(3));
                case 1 -> web.revisions.deliver(1);
                case 2 -> nodesWork(web, random);
                default -> reconcile(reconciler, fence);
            }
        }
    }

    private static void assertOrder(SetFixture web, ObjectChange<Pod> change) {
        Pod after = change.after();
        if (change.before() == null && after != null) {
            for (int before = SetPods.ordinal("web", after.getMetadata().getName()) - 1; before >= 0; before--) {
                assertThat(SetPods.isRunningAndReady(web.pod(before)))
                        .as("pod %s", before)
                        .isTrue();
            }
        }
    }
}
