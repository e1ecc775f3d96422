package io.kybern.node.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of which no request was admitted yet. Everybody who reaches the port may open them, so each has its time, and there are
 * only so many: the eldest makes room for the newest, so that whoever just holds connections keeps nobody out. Used by one event loop.
 */
@ChannelHandler.Sharable
final class Strangers extends ChannelInboundHandlerAdapter {

    /** Far more than there are clients of a node, and far less than a process may have files open. */
    static final int MOST = 256;

    /** As long as kubelets wait for the next request. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Logger log = LoggerFactory.getLogger(Strangers.class);

    private record Stranger(ChannelHandlerContext connection, Future<?> end) {}

    private final int most;
    private final Map<Channel, Stranger> known = new LinkedHashMap<>();

    Strangers() {
        this(MOST);
    }

    /** @param most how many there may be */
    Strangers(int most) {
        this.most = most;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (known.size() >= most) {
            turnAway(known.values().iterator().next().connection(), "too many clients have not shown who they are");
        }
        known.put(
                context.channel(),
                new Stranger(
                        context,
                        context.executor()
                                .schedule(
                                        () -> turnAway(context, "no request was admitted in time"),
                                        PATIENCE.toMillis(),
                                        TimeUnit.MILLISECONDS)));
        context.fireChannelActive();
    }

    private void turnAway(ChannelHandlerContext connection, String why) {
        admitted(connection.channel());
        log.atDebug()
                .addKeyValue("client", connection.channel().remoteAddress())
                .addKeyValue("why", why)
                .log("connection to the node API closed");
        // past the TLS handler: a client that does not read would never take its farewell
        connection.close();
    }

    /** A request of that connection was let through: it may stay. */
    void admitted(Channel connection) {
        Stranger stranger = known.remove(connection);
        if (stranger != null) {
            stranger.end().cancel(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        admitted(context.channel());
        context.fireChannelInactive();
    }
}
