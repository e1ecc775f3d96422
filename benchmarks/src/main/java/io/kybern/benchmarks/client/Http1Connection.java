package io.kybern.benchmarks.client;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;

/** HTTP/1.1 with keep-alive. */
final class Http1Connection implements Connection {

    private final Channel channel;
    private final String host;
    private final Exchange exchange;

    Http1Connection(Channel channel, String host) {
        this.channel = channel;
        this.host = host;
        this.exchange = channel.pipeline().get(Exchange.class);
    }

    @Override
    public void send(Request request, Reply reply) {
        if (channel.eventLoop().inEventLoop()) {
            write(request, reply);
        } else {
            channel.eventLoop().execute(() -> write(request, reply));
        }
    }

    private void write(Request request, Reply reply) {
        exchange.await(reply);
        channel.writeAndFlush(message(request, host)).addListener(sent -> {
            if (!sent.isSuccess()) {
                exchange.fail(sent.cause());
            }
        });
    }

    static FullHttpRequest message(Request request, String host) {
        FullHttpRequest message = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, request.method(), request.path(), Unpooled.wrappedBuffer(request.body()));
        message.headers().set(HttpHeaderNames.HOST, host).set(HttpHeaderNames.ACCEPT, "application/json");
        if (request.body().length > 0) {
            message.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, request.contentType())
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, request.body().length);
        }
        return message;
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }
}
