package io.kybern.node.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/** Sends one of the system's logs, or what there is instead. */
final class SystemLogSession {

    private static final int PIECE = 64 * 1024;

    /** As much as browsers and Go look at to tell text from the rest. */
    private static final int BEGINNING = 512;

    private static final DateTimeFormatter MODIFIED = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final Channel channel;

    SystemLogSession(Channel channel) {
        this.channel = channel;
    }

    /** Blocks until the client has it all. */
    void send(SystemLogs.Found found) throws IOException {
        switch (found) {
            case SystemLogs.Found.Listing listing ->
                whole(HttpResponseStatus.OK, "text/html; charset=utf-8", "", listing.html());
            case SystemLogs.Found.Elsewhere elsewhere ->
                whole(HttpResponseStatus.MOVED_PERMANENTLY, "", elsewhere.location(), "");
            case SystemLogs.Found.Nothing nothing ->
                whole(HttpResponseStatus.NOT_FOUND, Answers.TEXT, "", "404 page not found\n");
            case SystemLogs.Found.Closed closed ->
                whole(HttpResponseStatus.FORBIDDEN, Answers.TEXT, "", "403 Forbidden\n");
            case SystemLogs.Found.File file -> file(file.path());
        }
    }

    private void whole(HttpResponseStatus status, String type, String location, String body) throws IOException {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        set(response.headers(), HttpHeaderNames.CONTENT_TYPE, type);
        set(response.headers(), HttpHeaderNames.LOCATION, location);
        head(response, response.content().readableBytes());
        ChannelWrites.write(channel, response);
    }

    private static void set(HttpHeaders headers, CharSequence name, String value) {
        if (!value.isEmpty()) {
            headers.set(name, value);
        }
    }

    private static void head(HttpResponse response, long length) {
        HttpUtil.setContentLength(response, length);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }

    /** As much as there is now: a log that grows has no end. */
    private void file(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            long left = Files.size(path);
            byte[] piece = in.readNBytes((int) Math.min(left, PIECE));
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, type(piece))
                    .set("X-Content-Type-Options", "nosniff")
                    .set(
                            HttpHeaderNames.LAST_MODIFIED,
                            MODIFIED.format(Files.getLastModifiedTime(path).toInstant()));
            head(response, left);
            ChannelWrites.write(channel, response);
            while (piece.length > 0) {
                ChannelWrites.write(channel, new DefaultHttpContent(Unpooled.wrappedBuffer(piece)));
                left -= piece.length;
                piece = in.readNBytes((int) Math.min(left, PIECE));
            }
            if (left > 0) {
                throw new IOException(path + " became shorter while it was sent");
            }
            ChannelWrites.write(channel, LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /** Text or not; a page that somebody left there is not shown as one. */
    private static String type(byte[] content) {
        byte[] beginning = Arrays.copyOf(content, Math.min(content.length, BEGINNING));
        for (byte each : beginning) {
            if (each >= 0 && each < ' ' && "\t\n\f\r\u001b".indexOf(each) < 0) {
                return "application/octet-stream";
            }
        }
        return Answers.TEXT;
    }
}
