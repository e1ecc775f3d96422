package io.kybern.node.server;

import java.util.Optional;

/** The streams that exec and attach join, under the numbers that the WebSocket protocols give them. */
enum StreamChannel {
    STDIN("stdin"),
    STDOUT("stdout"),
    STDERR("stderr"),
    ERROR("error"),
    RESIZE("resize");

    /** In {@code v5.channel.k8s.io} a message of this channel names a channel that is at its end. */
    static final int CLOSE = 255;

    private final String streamType;

    StreamChannel(String streamType) {
        this.streamType = streamType;
    }

    /** The channel whose SPDY streams have that {@code streamtype} header. */
    static Optional<StreamChannel> ofStreamType(String streamType) {
        for (StreamChannel channel : values()) {
            if (channel.streamType.equals(streamType)) {
                return Optional.of(channel);
            }
        }
        return Optional.empty();
    }
}
