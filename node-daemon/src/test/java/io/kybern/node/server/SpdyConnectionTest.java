package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpdyConnectionTest {

    private final List<String> heard = new ArrayList<>();
    private final EmbeddedChannel client = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    private final EmbeddedChannel server = new EmbeddedChannel();

    private void connect() {
        server.pipeline().addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
        server.pipeline().addLast(new SpdyConnection(server, new SpdyConnection.Listener() {
            @Override
            public void opened(int stream, UnaryOperator<String> header) {
                heard.add("opened " + stream + " " + header.apply("streamtype") + " " + header.apply("port"));
            }

            @Override
            public void data(int stream, byte[] data, boolean last) {
                heard.add("data " + stream + " " + new String(data, StandardCharsets.UTF_8) + (last ? " last" : ""));
            }

            @Override
            public void reset(int stream) {
                heard.add("reset " + stream);
            }

            @Override
            public void disconnected() {
                heard.add("disconnected");
            }
        }));
    }

    private void transfer(EmbeddedChannel from, EmbeddedChannel to) {
        for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            to.writeInbound(bytes);
        }
    }

    @Test
    void acceptsStreamsAndHearsTheirDataUntilTheLast() {
        connect();
        DefaultSpdySynStreamFrame syn = new DefaultSpdySynStreamFrame(1, 0, (byte) 0);
        syn.headers().set("streamtype", "data").set("port", "80");
        client.writeOutbound(syn);
        client.writeOutbound(new DefaultSpdyDataFrame(1, Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8)));
        DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(1);
        last.setLast(true);
        client.writeOutbound(last);
        transfer(client, server);

        assertThat(heard).containsExactly("opened 1 data 80", "data 1 hello", "data 1  last");
        transfer(server, client);
        assertThat(client.<Object>readInbound())
                .as("Go's clients end the connection at a reply without a header block")
                .isInstanceOfSatisfying(
                        SpdySynReplyFrame.class,
                        reply -> assertThat(reply.headers().isEmpty()).isFalse());
        assertThat(server.isOpen()).isTrue();
    }
}
