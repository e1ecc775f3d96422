package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogPumpTest {

    private static final String TIME = "2026-01-01T00:00:00.000000001Z ";

    private final StringBuilder written = new StringBuilder();

    private void pump(boolean timestamps, String... frames) {
        LogPump pump = new LogPump(
                (channel, data, offset, length) ->
                        written.append(new String(data, offset, length, StandardCharsets.UTF_8)),
                timestamps);
        for (String frame : frames) {
            StreamType type = frame.startsWith("!") ? StreamType.STDERR : StreamType.STDOUT;
            pump.onNext(new Frame(
                    type, frame.substring(type == StreamType.STDERR ? 1 : 0).getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void aLineInPiecesHasOneTime() {
        pump(true, TIME + "a b", TIME + "c d", TIME + "e\n", TIME + "next\n");
        assertThat(written).hasToString(TIME + "a bc de\n" + TIME + "next\n");
    }

    @Test
    void linesOfTheOtherStreamComeInBetween() {
        pump(true, TIME + "a", "!" + TIME + "error\n", TIME + "b\n");
        assertThat(written).hasToString(TIME + "a" + TIME + "error\nb\n");
    }

    @Test
    void withoutTimesEverythingStaysAsItIs() {
        pump(false, "a b", "c d", "\n");
        assertThat(written).hasToString("a bc d\n");
    }

    @Test
    void aSinkThatIsGoneEndsIt() {
        LogPump pump = new LogPump(
                (channel, data, offset, length) -> {
                    throw new IOException("gone");
                },
                false);
        pump.onNext(new Frame(StreamType.STDOUT, new byte[] {'a'}));
        assertThatThrownBy(pump::rethrow).hasMessage("gone");
    }
}
