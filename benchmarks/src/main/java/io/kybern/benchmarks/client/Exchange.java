package io.kybern.benchmarks.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Takes the parts of answers from a channel and tells them to the reply that waits. Lives on the channel's thread. */
final class Exchange extends SimpleChannelInboundHandler<HttpObject> {

    private @Nullable Reply waiting;
    private int status;

    void await(Reply reply) {
        if (waiting != null) {
            throw new IllegalStateException("a request was sent before the last one was answered");
        }
        waiting = reply;
    }

    void fail(Throwable why) {
        Reply reply = waiting;
        waiting = null;
        if (reply != null) {
            reply.failed(why);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (part instanceof HttpResponse response) {
            status = response.status().code();
        }
        Reply reply = waiting;
        if (reply != null && part instanceof HttpContent content) {
            if (content.content().isReadable()) {
                reply.data(content.content());
            }
            if (part instanceof LastHttpContent) {
                waiting = null;
                reply.done(status);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(new ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause);
        context.close();
    }
}
