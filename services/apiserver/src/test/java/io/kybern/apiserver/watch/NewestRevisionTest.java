package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class NewestRevisionTest {

    private final Deque<CompletableFuture<Long>> questions = new ArrayDeque<>();
    private final NewestRevision newest = new NewestRevision(() -> {
        CompletableFuture<Long> question = new CompletableFuture<>();
        questions.addLast(question);
        return question;
    });

    @Test
    void asksOnceForAllWhoComeWhileAQuestionIsUnderWay() {
        CompletableFuture<Long> first = newest.ask();
        CompletableFuture<Long> second = newest.ask();
        CompletableFuture<Long> third = newest.ask();
        assertThat(questions).hasSize(1);

        questions.removeFirst().complete(7L);
        assertThat(first).isCompletedWithValue(7L);
        assertThat(second).isNotDone();
        assertThat(questions).hasSize(1);

        questions.removeFirst().complete(9L);
        assertThat(second).isCompletedWithValue(9L);
        assertThat(third).isCompletedWithValue(9L);
        assertThat(questions).isEmpty();
    }

    @Test
    void neverAnswersWithWhatWasReadBeforeTheQuestion() {
        CompletableFuture<Long> before = newest.ask();
        CompletableFuture<Long> after = newest.ask();
        questions.removeFirst().complete(1L);
        assertThat(before).isCompletedWithValue(1L);
        assertThat(after).isNotDone();
    }

    @Test
    void goesOnAfterAFailure() {
        CompletableFuture<Long> failed = newest.ask();
        CompletableFuture<Long> following = newest.ask();
        questions.removeFirst().completeExceptionally(new IllegalStateException("away"));
        assertThat(failed).isCompletedExceptionally();
        questions.removeFirst().complete(3L);
        assertThat(following).isCompletedWithValue(3L);
        CompletableFuture<Long> later = newest.ask();
        questions.removeFirst().complete(4L);
        assertThat(later).isCompletedWithValue(4L);
    }
}
