package io.kybern.apiserver.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeSummariesTest {

    private static final byte[] SUMMARY = "{\"node\":{}}".getBytes(StandardCharsets.UTF_8);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final Clock clock = ((InstantSource) now::get).withZone(ZoneOffset.UTC);
    private final BlockingQueue<CompletableFuture<byte[]>> asked = new LinkedBlockingQueue<>();
    private final NodeSummaries summaries = new NodeSummaries(
            (node, path) -> {
                CompletableFuture<byte[]> page = new CompletableFuture<>();
                asked.add(page);
                return page;
            },
            clock);

    private void pass(int seconds) {
        now.updateAndGet(at -> at.plusSeconds(seconds));
    }

    private CompletableFuture<Boolean> ask() {
        return CompletableFuture.supplyAsync(
                () -> summaries.of(List.of("n")).containsKey("n"), Thread::startVirtualThread);
    }

    @Test
    void anUnfinishedReadingIsSharedHoweverOldItIs() throws InterruptedException {
        CompletableFuture<Boolean> first = ask();
        CompletableFuture<byte[]> page = asked.take();
        pass(60);
        CompletableFuture<Boolean> second = ask();

        page.complete(SUMMARY);

        assertThat(first.join()).isTrue();
        assertThat(second.join()).isTrue();
        assertThat(asked).isEmpty();
    }

    @Test
    void aFailureIsKeptForAWhile() throws InterruptedException {
        CompletableFuture<Boolean> first = ask();
        CompletableFuture<byte[]> page = asked.take();
        pass(30);
        page.completeExceptionally(new IllegalStateException("unreachable"));
        assertThat(first.join()).isFalse();

        pass(4);
        assertThat(ask().join()).isFalse();
        assertThat(asked).isEmpty();

        pass(2);
        CompletableFuture<Boolean> again = ask();
        asked.take().complete(SUMMARY);
        assertThat(again.join()).isTrue();
    }
}
