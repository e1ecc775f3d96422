package io.kybern.node.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessCommandRunnerTest {

    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void closeReaders() {
        readers.close();
    }

    private CommandRunner runner(Duration limit) {
        return new ProcessCommandRunner(limit, readers);
    }

    @Test
    void handsInputToTheCommandAndAnswersItsOutput() {
        assertThat(runner(Duration.ofSeconds(30)).run(List.of("cat"), "hello")).isEqualTo("hello");
    }

    @Test
    void aTalkativeCommandDoesNotBlock() {
        assertThat(runner(Duration.ofSeconds(30))
                        .run("sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"))
                .hasSize(300000);
    }

    @Test
    void aFailureCarriesCommandCodeAndErrorOutput() {
        assertThatThrownBy(() -> runner(Duration.ofSeconds(30)).run("sh", "-c", "echo no >&2; exit 3"))
                .isInstanceOf(CommandFailure.class)
                .hasMessage("`sh -c echo no >&2; exit 3` ended with 3: no")
                .satisfies(failure ->
                        assertThat(((CommandFailure) failure).exitCode()).isEqualTo(3));
    }

    @Test
    void aCommandThatHangsIsEnded() {
        assertThatThrownBy(() -> runner(Duration.ofMillis(50)).run("tail", "-f", "/dev/null"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("did not end within 50 ms");
    }

    @Test
    void aCommandThatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> runner(Duration.ofSeconds(1)).run("no-such-program"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageStartingWith("`no-such-program` was not run");
    }
}
