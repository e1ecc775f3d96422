package io.kybern.node.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Turns an HTTP connection into a WebSocket or a SPDY one. Everything here runs on the event loop. */
final class Upgrades {

    private static final String SPDY = "SPDY/3.1";
    private static final String SPDY_PROTOCOL = "X-Stream-Protocol-Version";
    private static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

    private Upgrades() {}

    static boolean isWebSocket(HttpHeaders headers) {
        return isUpgrade(headers) && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    static boolean isSpdy(HttpHeaders headers) {
        return isUpgrade(headers) && headers.containsValue(HttpHeaderNames.UPGRADE, SPDY, true);
    }

    static boolean isTunnel(HttpHeaders headers) {
        return isUpgrade(headers) && headers.containsValue(HttpHeaderNames.UPGRADE, PortTunnel.PROTOCOL, true);
    }

    private static boolean isUpgrade(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    }

    /** The first protocol that the WebSocket client offers and the server has. */
    static Optional<String> webSocketProtocol(HttpHeaders headers, List<String> offered) {
        return first(listed(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString()), offered);
    }

    /** The first protocol that the SPDY client offers and the server has. */
    static Optional<String> spdyProtocol(HttpHeaders headers, List<String> offered) {
        return first(listed(headers, SPDY_PROTOCOL), offered);
    }

    /** What is said to a client that offers none of the protocols. */
    static String noProtocol(HttpHeaders headers, List<String> offered) {
        List<String> client = isSpdy(headers)
                ? listed(headers, SPDY_PROTOCOL)
                : listed(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString());
        return "unable to upgrade: unable to negotiate protocol: client supports [%s], server accepts [%s]"
                .formatted(String.join(" ", client), String.join(" ", offered));
    }

    private static List<String> listed(HttpHeaders headers, String name) {
        List<String> values = new ArrayList<>();
        headers.getAll(name)
                .forEach(line ->
                        Arrays.stream(line.split(",")).map(String::strip).forEach(values::add));
        return values;
    }

    private static Optional<String> first(List<String> client, List<String> server) {
        return client.stream().filter(server::contains).findFirst();
    }

    /**
     * Answers a WebSocket handshake.
     *
     * @param whenOpen called once the client has its answer, if it was a good one
     */
    static void toWebSocket(
            ChannelHandlerContext context,
            FullHttpRequest request,
            String protocol,
            List<ChannelHandler> handlers,
            Consumer<ChannelHandlerContext> whenOpen) {
        WebSocketServerHandshaker handshaker = new WebSocketServerHandshakerFactory(
                        "wss://node" + request.uri(), protocol, false, MAX_MESSAGE_BYTES)
                .newHandshaker(request);
        if (handshaker == null) {
            WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(context.channel());
            return;
        }
        ChannelPipeline pipeline = context.pipeline();
        handshaker.handshake(context.channel(), request).addListener(done -> {
            if (!done.isSuccess()) {
                context.close();
                return;
            }
            pipeline.addLast(new WebSocketFrameAggregator(MAX_MESSAGE_BYTES));
            handlers.forEach(pipeline::addLast);
            pipeline.remove(context.handler());
            whenOpen.accept(context);
        });
    }

    /** Answers a request for SPDY and puts the handler on top of the connection's frames. */
    static void toSpdy(ChannelHandlerContext context, String protocol, ChannelHandler handler) {
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        answer.headers()
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, SPDY)
                .set(SPDY_PROTOCOL, protocol);
        context.writeAndFlush(answer);
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
        pipeline.addLast(handler);
        pipeline.remove(context.handler());
        pipeline.remove(HttpObjectAggregator.class);
        pipeline.remove(HttpServerCodec.class);
    }
}
