package io.kybern.benchmarks.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil;

/** HTTP/2: a stream for each request. */
final class Http2Connection implements Connection {

    private final Channel channel;
    private final String host;
    private final Http2StreamChannelBootstrap streams;

    Http2Connection(Channel channel, String host) {
        this.channel = channel;
        this.host = host;
        this.streams = new Http2StreamChannelBootstrap(channel).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(false), new Exchange());
            }
        });
    }

    @Override
    public void send(Request request, Reply reply) {
        streams.open().addListener(opened -> {
            if (!opened.isSuccess()) {
                reply.failed(opened.cause());
                return;
            }
            Http2StreamChannel stream = (Http2StreamChannel) opened.getNow();
            Exchange exchange = stream.pipeline().get(Exchange.class);
            exchange.await(reply);
            FullHttpRequest message = Http1Connection.message(request, host);
            message.headers().set(HttpConversionUtil.ExtensionHeaderNames.SCHEME.text(), "https");
            stream.writeAndFlush(message).addListener(sent -> {
                if (!sent.isSuccess()) {
                    exchange.fail(sent.cause());
                }
            });
        });
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }
}
