package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SilenceTest {

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private Future<?> awaited(Silence silence) {
        return threads.submit(() -> {
            silence.await();
            return null;
        });
    }

    private static void say(Silence silence) {
        silence.end();
        silence.begin();
    }

    @Test
    void isThereWhenNothingIsSaidAnyMore() {
        Silence silence = new Silence(Duration.ofMillis(1));
        say(silence);
        say(silence);
        assertThatCode(silence::await).doesNotThrowAnyException();
    }

    @Test
    void isNotThereBeforeItsTime() {
        Silence silence = new Silence(Duration.ofHours(1));
        Future<?> quiet = awaited(silence);
        // who has noticed a word and then another still waited after the first
        for (int word = 0; word < 3; word++) {
            say(silence);
            await("the word to be noticed").until(() -> silence.unheard() == 0);
        }
        assertThat(quiet.isDone()).isFalse();
    }

    @Test
    void isNotThereWhileAWordIsStillBeingSaid() throws Exception {
        Silence silence = new Silence(Duration.ofMillis(1));
        silence.end();
        Future<?> quiet = awaited(silence);
        assertThatThrownBy(() -> quiet.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);

        silence.begin();

        quiet.get(30, TimeUnit.SECONDS);
    }
}
