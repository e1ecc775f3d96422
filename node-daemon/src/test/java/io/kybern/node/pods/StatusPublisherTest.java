package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatusPublisherTest {

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final FakeServer server = new FakeServer();
    private final StatusPublisher publisher = new StatusPublisher(pod(1, null), server, threads, timer, () -> {});

    @AfterEach
    void end() {
        timer.shutdownNow();
        threads.close();
    }

    /** An API server with one pod, which may be away. */
    private static final class FakeServer implements PodClient {

        private final AtomicInteger refusals = new AtomicInteger();
        private final AtomicInteger tries = new AtomicInteger();
        private volatile PodStatus unwanted = new PodStatus();
        private Pod pod = pod(1, null);

        @Override
        public synchronized Optional<Pod> writeStatus(Pod base, PodStatus status) throws ObjectUnavailableException {
            if (refusals.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
                throw ObjectUnavailableException.reading("pod", "default", "web", new IOException("away"));
            }
            if (status.equals(unwanted)) {
                tries.incrementAndGet();
                throw ObjectUnavailableException.reading(
                        "pod", "default", "web", new KubernetesClientException("Forbidden", 422, null));
            }
            pod = pod(revision() + 1, status);
            return Optional.of(pod);
        }

        @Override
        public void confirmDeletion(Pod deleted) {
            throw new AssertionError("no pod is deleted here");
        }

        /** Someone else writes. */
        synchronized Pod overwrite(PodStatus status) {
            pod = pod(revision() + 1, status);
            return pod;
        }

        synchronized String readiness() {
            PodStatus status = pod.getStatus();
            return status == null ? "" : status.getConditions().getFirst().getStatus();
        }

        private int revision() {
            return Integer.parseInt(pod.getMetadata().getResourceVersion());
        }
    }

    private static Pod pod(int revision, PodStatus status) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .withResourceVersion(String.valueOf(revision))
                .endMetadata()
                .withStatus(status)
                .build();
    }

    private static PodStatus ready(String word) {
        return new PodStatusBuilder()
                .addNewCondition()
                .withType("Ready")
                .withStatus(word)
                .endCondition()
                .build();
    }

    @Test
    void aPodThatWasCalledNotReadyWhileItsNodeWasLostIsReadyAgain() {
        publisher.publish(ready("True"));
        await("the status is written").until(() -> server.readiness().equals("True") && publisher.settled());

        publisher.rebase(server.overwrite(ready("False")));

        await("the status is written again").atMost(Duration.ofSeconds(30)).until(() -> server.readiness()
                .equals("True"));
    }

    @Test
    void aServerThatIsAwayIsAskedUntilItAnswers() {
        server.refusals.set(2);
        publisher.publish(ready("False"));
        publisher.publish(ready("True"));
        await("the newest status is written")
                .atMost(Duration.ofSeconds(30))
                .until(() -> server.readiness().equals("True") && publisher.settled());
    }

    @Test
    void aPodThatIsGoneIsNotTriedAgain() {
        Queue<Runnable> later = new ConcurrentLinkedQueue<>();
        try (ExecutorService ownThreads = Executors.newVirtualThreadPerTaskExecutor();
                ScheduledThreadPoolExecutor ownTimer = new ScheduledThreadPoolExecutor(1) {
                    @Override
                    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                        later.add(task);
                        return super.schedule(() -> {}, delay, unit);
                    }
                }) {
            server.refusals.set(1);
            StatusPublisher stubborn = new StatusPublisher(pod(1, null), server, ownThreads, ownTimer, () -> {});
            stubborn.publish(ready("True"));
            await("the next try is planned").until(() -> later.size() == 1);
            stubborn.end();
            later.remove().run();
        }
        assertThat(later).isEmpty();
        assertThat(server.readiness()).isEmpty();
    }

    @Test
    void aStatusThatIsRefusedIsGivenUpForTheNext() {
        server.unwanted = ready("False");
        publisher.publish(ready("False"));
        await("it is given up").until(() -> server.tries.get() == 1 && publisher.settled());

        publisher.rebase(server.overwrite(ready("Unknown")));
        await("it is tried once more with another object").until(() -> server.tries.get() == 2 && publisher.settled());

        publisher.publish(ready("True"));
        await("the next status is written").until(() -> server.readiness().equals("True") && publisher.settled());
        assertThat(server.tries).hasValue(2);
    }
}
