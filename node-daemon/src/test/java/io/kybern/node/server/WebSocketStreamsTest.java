package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebSocketStreamsTest {

    private static final byte[] SUCCESS = "{\"status\":\"Success\"}".getBytes(StandardCharsets.UTF_8);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final WebSocketStreams streams = new WebSocketStreams(channel, "v4.channel.k8s.io");

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void hasResult() throws IOException {
        channel.pipeline().addLast(streams);
        streams.finish(SUCCESS);
        streams.close();
        channel.runPendingTasks();
        BinaryWebSocketFrame result = channel.readOutbound();
        assertThat(result.content().readByte()).isEqualTo((byte) StreamChannel.ERROR.ordinal());
        result.release();
    }

    private void finished() throws IOException {
        hasResult();
        channel.advanceTimeBy(WebSocketStreams.CLIENTS_TURN_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        isTold(1000);
    }

    private void isTold(int code) {
        CloseWebSocketFrame close = channel.readOutbound();
        assertThat(close.statusCode()).isEqualTo(code);
        close.release();
    }

    @Test
    void aClientThatEndsTheSessionWhenItHasTheResultIsAnswered() throws IOException {
        hasResult();
        assertThat(channel.outboundMessages())
                .as("the close message is the client's")
                .isEmpty();

        channel.writeInbound(new CloseWebSocketFrame(1001, "enough"));
        isTold(1001);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void afterTheResultTheConnectionStaysUntilTheClientHasAnsweredTheClose() throws IOException {
        finished();

        channel.writeInbound(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(new byte[] {0, 'x'})));
        assertThat(channel.isOpen()).isTrue();

        channel.writeInbound(new CloseWebSocketFrame(1000, ""));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aClientThatDoesNotAnswerTheCloseLosesItsConnectionAfterAWhile() throws IOException {
        finished();

        channel.advanceTimeBy(WebSocketFarewell.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theFirstVersionOfTheProtocolSaysNothingOfSuccessAndOfAFailureOnlyTheWords() throws IOException {
        for (boolean failure : new boolean[] {false, true}) {
            EmbeddedChannel first = new EmbeddedChannel();
            WebSocketStreams plain = new WebSocketStreams(first, "channel.k8s.io");
            first.pipeline().addLast(plain);
            plain.finish(
                    failure
                            ? "{\"status\":\"Failure\",\"message\":\"no good\"}".getBytes(StandardCharsets.UTF_8)
                            : SUCCESS);
            first.runPendingTasks();
            if (failure) {
                BinaryWebSocketFrame result = first.readOutbound();
                assertThat(result.content().toString(StandardCharsets.UTF_8)).isEqualTo("\u0003no good");
                result.release();
            }
            CloseWebSocketFrame close = first.readOutbound();
            assertThat(close.statusCode()).isEqualTo(1000);
            close.release();
        }
    }
}
