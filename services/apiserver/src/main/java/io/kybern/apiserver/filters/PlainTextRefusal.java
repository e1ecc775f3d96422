package io.kybern.apiserver.filters;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * Looks at the first bytes of a connection, before TLS does: who speaks plain HTTP is told so in words, as Go's server tells it, and
 * anything else is left to TLS. Sits at the very front of the pipeline, so its answer is not encrypted.
 */
final class PlainTextRefusal extends ByteToMessageDecoder {

    /** As long as the header of a TLS record. */
    private static final int LOOKED_AT = 5;

    private static final Set<String> BEGINNINGS = Set.of("GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO");

    private static final String ANSWER =
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

    private boolean refused;

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < LOOKED_AT) {
            return;
        }
        String beginning = in.toString(in.readerIndex(), LOOKED_AT, StandardCharsets.US_ASCII);
        if (!BEGINNINGS.contains(beginning)) {
            // what has been read goes on to TLS
            context.pipeline().remove(this);
            return;
        }
        refused = true;
        in.skipBytes(in.readableBytes());
        context.writeAndFlush(Unpooled.copiedBuffer(ANSWER, StandardCharsets.US_ASCII))
                .addListener(ChannelFutureListener.CLOSE);
    }
}
