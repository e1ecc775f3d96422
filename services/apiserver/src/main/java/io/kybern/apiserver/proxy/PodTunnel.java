package io.kybern.apiserver.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;

/**
 * Turns a connection to a node's API into one to a port of a pod on it, before anything else in the pipeline notices: what connects
 * through this handler talks to the pod. The API server itself has no way into the pod network.
 */
final class PodTunnel extends ProxyHandler {

    private static final String PROTOCOL = "tcp";
    private static final int ANSWER_LIMIT = 8 * 1024;
    private static final String SWITCHED = "HTTP/1.1 101 ";

    private final Backend backend;
    private final StringBuilder answer = new StringBuilder();

    private PodTunnel(Backend backend) {
        super(backend.node().socketAddress());
        this.backend = backend;
    }

    /** Makes the connection of a new channel go through the backend's node; answers when it is there. */
    static Future<Channel> add(Channel channel, Backend backend, NodeClient client) {
        SslHandler tls = client.tls()
                .newHandler(
                        channel.alloc(), backend.node().node(), backend.node().port());
        NodeClient.checkName(tls);
        PodTunnel tunnel = new PodTunnel(backend);
        channel.pipeline().addFirst("pod-tunnel", tunnel).addFirst("node-tls", tls);
        return tunnel.connectFuture();
    }

    @Override
    public String protocol() {
        return PROTOCOL;
    }

    @Override
    public String authScheme() {
        return "none";
    }

    @Override
    protected void addCodec(ChannelHandlerContext context) {
        // the one answer is read by hand: after it, the bytes are the pod's
    }

    @Override
    protected void removeEncoder(ChannelHandlerContext context) {
        // there is none
    }

    @Override
    protected void removeDecoder(ChannelHandlerContext context) {
        // there is none
    }

    @Override
    protected Object newInitialMessage(ChannelHandlerContext context) {
        return Unpooled.copiedBuffer(
                "GET /tunnel/%s/%s/%d HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
                        .formatted(
                                backend.namespace(),
                                backend.pod(),
                                backend.port(),
                                backend.node().node(),
                                PROTOCOL),
                StandardCharsets.US_ASCII);
    }

    @Override
    protected boolean handleResponse(ChannelHandlerContext context, Object message) throws ProxyConnectException {
        answer.append(((ByteBuf) message).toString(StandardCharsets.ISO_8859_1));
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            if (answer.length() > ANSWER_LIMIT) {
                throw new ProxyConnectException("the node's answer has no end");
            }
            return false;
        }
        if (!answer.toString().startsWith(SWITCHED)) {
            throw new ProxyConnectException(answer.substring(end).strip());
        }
        if (end + 4 < answer.length()) {
            throw new ProxyConnectException("the pod spoke first, which HTTP does not do");
        }
        return true;
    }
}
