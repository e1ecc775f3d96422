package io.kybern.examples.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RespTest {

    @Test
    void commandsCountBytesAndNotCharacters() {
        assertThat(new String(Resp.command("SET", "ü"), UTF_8)).isEqualTo("*2\r\n$3\r\nSET\r\n$2\r\nü\r\n");
    }

    @Test
    void readsEveryKindOfAnswer() throws IOException {
        assertThat(answer("+OK\r\n")).isEqualTo(new Reply.Text("OK"));
        assertThat(answer(":2\r\n")).isEqualTo(new Reply.Number(2));
        assertThat(answer("$-1\r\n")).isEqualTo(new Reply.Nothing());
        assertThat(answer("$6\r\na\r\nb\r\n\r\n")).isEqualTo(new Reply.Text("a\r\nb\r\n"));
        assertThat(answer("*2\r\n:1\r\n*1\r\n$1\r\nx\r\n"))
                .isEqualTo(new Reply.Many(List.of(new Reply.Number(1), new Reply.Many(List.of(new Reply.Text("x"))))));
    }

    @Test
    void errorsAndBrokenAnswersAreExceptions() {
        assertThatThrownBy(() -> answer("-LOADING data\r\n"))
                .isInstanceOf(RedisException.class)
                .hasMessage("GET was refused: LOADING data");
        assertThatThrownBy(() -> answer("?\r\n")).isInstanceOf(RedisException.class);
        assertThatThrownBy(() -> answer(":one\r\n")).isInstanceOf(RedisException.class);
        assertThatThrownBy(() -> answer("$5\r\nab")).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> answer("")).isInstanceOf(EOFException.class);
    }

    private static Reply answer(String bytes) throws IOException {
        return Resp.answer("GET", new ByteArrayInputStream(bytes.getBytes(UTF_8)));
    }
}
