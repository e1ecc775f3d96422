package io.kybern.node.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;

@Timeout(60)
class NodeShutdownTest {

    private final FakeNode node = new FakeNode();

    private static Pod pod(String name, Integer priority) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withPriority(priority)
                .endSpec()
                .build();
    }

    private static ShutdownProperties settings(int seconds, int critical) {
        return new ShutdownProperties(Duration.ofSeconds(seconds), Duration.ofSeconds(critical), null);
    }

    @Test
    void withoutAPeriodPodsAreLeftAlone() {
        node.pods.add(pod("p", 0));
        new NodeShutdown(settings(0, 0), node).run();
        assertThat(node.done).isEmpty();
    }

    @Test
    void podsThatTheClusterNeedsEndLast() {
        node.pods.addAll(List.of(pod("needed", 2_000_001_000), pod("plain", null), pod("important", 1_000_000)));
        new NodeShutdown(settings(30, 10), node).run();
        assertThat(node.done).containsExactly("announced", "plain 20", "important 20", "needed 10");
    }

    @Test
    void theNextGroupWaitsForTheOneBefore() throws Exception {
        node.pods.addAll(List.of(pod("plain", 0), pod("needed", 2_000_000_000)));
        node.slow = new CompletableFuture<>();
        Thread shutdown = Thread.ofVirtual().start(() -> new NodeShutdown(settings(3600, 1800), node).run());
        node.asked.get();
        assertThat(node.done).containsExactly("announced", "plain 1800");
        node.slow.complete(null);
        shutdown.join();
        assertThat(node.done).containsExactly("announced", "plain 1800", "needed 1800");
    }

    @Test
    void podsThatDoNotEndInTimeDoNotHoldUpTheOthers() {
        node.pods.addAll(List.of(pod("stubborn", 0), pod("needed", 2_000_000_000)));
        node.slow = new CompletableFuture<>();
        var settings = new ShutdownProperties(Duration.ofMillis(1), Duration.ofMillis(1), null);
        new NodeShutdown(settings, node).run();
        assertThat(node.done).containsExactly("announced", "stubborn 0", "needed 0");
    }

    @Test
    void aPodBelongsToTheHighestGroupThatIsNotAboveIt() {
        ShutdownPlan plan = ShutdownPlan.of(new ShutdownProperties(
                Duration.ZERO,
                Duration.ZERO,
                Map.of(100, Duration.ofSeconds(20), 1000, Duration.ofSeconds(10), 5000, Duration.ofSeconds(5))));
        List<ShutdownPlan.Group> groups =
                plan.groups(List.of(pod("a", 1000), pod("b", 999), pod("c", -5), pod("d", 100_000)));
        assertThat(groups)
                .extracting(g -> g.period().toSeconds()
                        + g.pods().stream()
                                .map(p -> p.getMetadata().getName())
                                .toList()
                                .toString())
                .containsExactly("20[b, c]", "10[a]", "5[d]");
    }

    @Test
    void podsAreEndedBeforeAnythingOfTheDaemonIsStopped() {
        node.pods.add(pod("plain", 0));
        try (GenericApplicationContext daemon = new GenericApplicationContext()) {
            daemon.registerBean(NodeShutdown.class, () -> new NodeShutdown(settings(20, 0), node));
            daemon.registerBean("part", Part.class, () -> new Part(node.done));
            daemon.refresh();
            GenericApplicationContext below = new GenericApplicationContext(daemon);
            below.refresh();
            below.close();
            assertThat(node.done).isEmpty();
        }
        assertThat(node.done).containsExactly("announced", "plain 20", "a part of the daemon stopped");
    }

    /** Something that the daemon stops when it ends. */
    private static final class Part implements SmartLifecycle {
        private final List<String> done;
        private boolean running;

        private Part(List<String> done) {
            this.done = done;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            done.add("a part of the daemon stopped");
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    @Test
    void moreTimeForThoseThatAreNeededThanForAllIsRefused() {
        assertThatThrownBy(() -> new NodeShutdown(settings(5, 10), node)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Remembers what was asked of it. */
    private static final class FakeNode implements NodeShutdown.Ports {
        private final List<Pod> pods = new ArrayList<>();
        private final List<String> done = new ArrayList<>();
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private CompletableFuture<Void> slow = CompletableFuture.completedFuture(null);

        @Override
        public void announce() {
            done.add("announced");
        }

        @Override
        public Collection<Pod> pods() {
            return pods;
        }

        @Override
        public CompletableFuture<Void> end(Pod pod, long graceSeconds) {
            done.add(pod.getMetadata().getName() + " " + graceSeconds);
            asked.complete(null);
            return slow;
        }
    }
}
