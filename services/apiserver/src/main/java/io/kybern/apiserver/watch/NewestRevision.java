package io.kybern.apiserver.watch;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store for its newest revision, one question at a time. Whoever asks while one is under way shares the next one with all
 * others who do, so an answer is never older than the question, and a thousand readers at once cost the store two requests.
 */
final class NewestRevision {

    private final Supplier<CompletableFuture<Long>> store;
    private final Object lock = new Object();
    private boolean asking;
    private @Nullable CompletableFuture<Long> next;

    NewestRevision(Supplier<CompletableFuture<Long>> store) {
        this.store = store;
    }

    /** A revision that is at least that of every write which was answered before. */
    CompletableFuture<Long> ask() {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        synchronized (lock) {
            if (asking) {
                next = next == null ? answer : next;
                return next;
            }
            asking = true;
        }
        askStore(answer);
        return answer;
    }

    private void askStore(CompletableFuture<Long> answer) {
        store.get().whenComplete((revision, failure) -> {
            CompletableFuture<Long> following;
            synchronized (lock) {
                following = next;
                next = null;
                asking = following != null;
            }
            if (following != null) {
                askStore(following);
            }
            if (failure == null) {
                answer.complete(revision);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }
}
