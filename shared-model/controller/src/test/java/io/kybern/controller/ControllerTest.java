package io.kybern.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.controller.leader.LeaderProperties;
import io.kybern.events.Informer;
import io.kybern.events.InformerFactory;
import io.kybern.events.InformerSpec;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ControllerTest {

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<ConfigMap> maps = cluster.objects("", "v1", "configmaps", ConfigMap.class);
    private final Map<ObjectKey, AtomicInteger> passes = new ConcurrentHashMap<>();
    private Reconciler behaviour = key -> Outcome.done();
    private final WriteFence fence = new WriteFence(Clock.systemUTC());
    private final Controller controller = Controller.builder("configmap")
            .reconciler(key -> {
                passes.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
                return behaviour.reconcile(key);
            })
            .reconciling(maps.informer(), "ConfigMap")
            .fence(fence)
            .workers(4)
            .build();

    @AfterEach
    void stop() {
        controller.stop();
    }

    private ConfigMap put(String name) {
        return maps.put(new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .build());
    }

    private int passes(String name) {
        AtomicInteger count = passes.get(new ObjectKey("ns", name));
        return count == null ? 0 : count.get();
    }

    @Test
    void givesEveryObjectAPassWhenItBegins() {
        put("a");
        put("b");
        controller.start(ControllerListener.NONE);
        await("a pass each").until(() -> passes("a") == 1 && passes("b") == 1);
    }

    @Test
    void tellsTheReconcilerEachTimeThatItBegins() {
        List<String> told = new CopyOnWriteArrayList<>();
        Controller begun = Controller.builder("told")
                .reconciler(new Reconciler() {
                    @Override
                    public void begin() {
                        told.add("begin");
                    }

                    @Override
                    public Outcome reconcile(ObjectKey key) {
                        told.add("pass");
                        return Outcome.done();
                    }
                })
                .reconciling(maps.informer(), "ConfigMap")
                .build();
        put("a");
        try {
            begun.start(ControllerListener.NONE);
            await("a pass").until(() -> told.size() == 2);
            begun.stop();
            begun.start(ControllerListener.NONE);
            await("a pass again").until(() -> told.size() == 4);
        } finally {
            begun.stop();
        }
        assertThat(told).containsExactly("begin", "pass", "begin", "pass");
    }

    @Test
    void givesAChangedObjectAPass() {
        controller.start(ControllerListener.NONE);
        put("a");
        await("a pass").until(() -> passes("a") >= 1);
    }

    @Test
    void repeatsAFailedPassAndAConflict() {
        behaviour = key -> switch (passes("a")) {
            case 1 -> throw new IllegalStateException("broken");
            case 2 -> throw ApiFailure.answered(409, "Conflict", "modified", null);
            default -> Outcome.done();
        };
        put("a");
        controller.start(ControllerListener.NONE);
        await("three passes").until(() -> passes("a") == 3);
    }

    @Test
    void comesAgainAfterTheAskedTime() {
        behaviour = key -> passes("a") < 3 ? Outcome.again(Duration.ofMillis(10), "test") : Outcome.done();
        put("a");
        controller.start(ControllerListener.NONE);
        await("three passes").until(() -> passes("a") == 3);
    }

    @Test
    void replacesAWorkerThatDied() {
        behaviour = key -> {
            if (key.name().startsWith("bad")) {
                throw new StackOverflowError("a fault");
            }
            return Outcome.done();
        };
        for (int i = 0; i < 8; i++) {
            put("bad-" + i);
        }
        put("good");
        controller.start(ControllerListener.NONE);
        await("the good one's pass").dontCatchUncaughtExceptions().until(() -> passes("good") == 1);
    }

    @Test
    void waitsWithTheNextPassUntilTheCacheShowsOwnWrites() {
        maps.hold();
        CountDownLatch wrote = new CountDownLatch(1);
        behaviour = key -> {
            if (wrote.getCount() == 1) {
                long revision = maps.create(new ConfigMapBuilder()
                                .withNewMetadata()
                                .withNamespace("ns")
                                .withName("written")
                                .endMetadata()
                                .build())
                        .revision();
                fence.wrote(key, maps.informer(), revision);
                wrote.countDown();
                return Outcome.again(Duration.ofMillis(1), "look at it");
            }
            assertThat(maps.informer().get(new ObjectKey("ns", "written"))).isPresent();
            return Outcome.done();
        };
        controller.start(ControllerListener.NONE);
        controller.enqueue(new ObjectKey("ns", "owner"), "test");
        await("the write").until(() -> wrote.getCount() == 0);
        await("time for a wrong pass")
                .during(Duration.ofMillis(150))
                .atMost(Duration.ofSeconds(30))
                .until(() -> passes("owner") == 1);
        maps.deliverAll();
        await("the second pass").until(() -> passes("owner") == 2);
    }

    @Test
    void interruptsThePassesUnderWayWhenItStops() throws InterruptedException {
        Semaphore entered = new Semaphore(0);
        AtomicInteger interrupted = new AtomicInteger();
        behaviour = key -> {
            entered.release();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw e;
            }
            return Outcome.done();
        };
        put("a");
        controller.start(ControllerListener.NONE);
        entered.acquire();
        controller.stop();
        assertThat(interrupted).hasValue(1);
        assertThat(controller.isWorking()).isFalse();
    }

    @Test
    void worksOnlyWhileTheProcessLeads() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ControllerRuntime runtime =
                new ControllerRuntime(List.of(controller), List.of(), elector(), new NoInformers(), meters);
        put("a");
        assertThat(passes("a")).isZero();
        runtime.start();
        await("a pass").until(() -> passes("a") == 1);
        assertThat(runtime.hasSynced()).isTrue();
        assertThat(meters.get("workqueue.adds")
                        .tag("name", "configmap")
                        .counter()
                        .count())
                .isEqualTo(1);
        runtime.stop();
        assertThat(controller.isWorking()).isFalse();
        put("b");
        assertThat(passes("b")).isZero();
    }

    @Test
    void aLeaderWhoseTaskCouldNotBeginTriesAgain() {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        LeaderTask task = new LeaderTask() {
            @Override
            public void begin() {
                if (begun.incrementAndGet() == 1) {
                    throw new IllegalStateException("not yet");
                }
            }

            @Override
            public void end() {
                ended.incrementAndGet();
            }
        };
        ControllerRuntime runtime = new ControllerRuntime(
                List.of(controller), List.of(task), elector(), new NoInformers(), new SimpleMeterRegistry());
        put("a");
        runtime.start();
        await("the second try").until(() -> begun.get() == 2 && controller.isWorking());
        assertThat(ended).as("what had begun was ended before").hasValue(1);
        await("a pass").until(() -> passes("a") >= 1);
        runtime.stop();
        assertThat(controller.isWorking()).isFalse();
    }

    private LeaderElector elector() {
        return new LeaderElector(
                cluster.objects(
                        "coordination.k8s.io",
                        "v1",
                        "leases",
                        io.fabric8.kubernetes.api.model.coordination.v1.Lease.class),
                "test",
                "one",
                new LeaderProperties(
                        true,
                        "kube-system",
                        null,
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(2)),
                Clock.systemUTC());
    }

    private static final class NoInformers implements InformerFactory {
        @Override
        public <T> Informer<T> informer(InformerSpec<T> spec) {
            throw new AssertionError("the informer of this test is a fake");
        }

        @Override
        public void followCustom() {
            // there are no custom resources
        }

        @Override
        public void forget(GroupResource resource) {
            // there are no custom resources
        }

        @Override
        public void start() {
            // the fake informers run by themselves
        }

        @Override
        public Set<String> silentTopics() {
            return Set.of();
        }
    }
}
