package io.kybern.node.runtime;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands log frames on; the sink's refusal ends the stream. The engine keeps long lines in pieces of 16 KiB and puts the time before
 * each piece; a line has one time, so that of later pieces is left out.
 */
final class LogPump extends ResultCallback.Adapter<Frame> {
    private final OutputSink sink;
    private final boolean timestamps;
    private final Set<OutputSink.Channel> withinLine = EnumSet.noneOf(OutputSink.Channel.class);
    private volatile @Nullable IOException refused;

    /** @param timestamps whether each frame begins with its time */
    LogPump(OutputSink sink, boolean timestamps) {
        this.sink = sink;
        this.timestamps = timestamps;
    }

    @Override
    public void onNext(Frame frame) {
        byte[] data = frame.getPayload();
        if (refused != null || data.length == 0) {
            return;
        }
        var channel =
                frame.getStreamType() == StreamType.STDERR ? OutputSink.Channel.STDERR : OutputSink.Channel.STDOUT;
        int start = timestamps && withinLine.contains(channel) ? afterTime(data) : 0;
        if (data[data.length - 1] == '\n') {
            withinLine.remove(channel);
        } else {
            withinLine.add(channel);
        }
        try {
            sink.write(channel, data, start, data.length - start);
        } catch (IOException refusal) {
            refused = refusal;
            try {
                close();
            } catch (IOException closing) {
                refusal.addSuppressed(closing);
            }
        }
    }

    private static int afterTime(byte[] data) {
        for (int at = 0; at < data.length; at++) {
            if (data[at] == ' ') {
                return at + 1;
            }
        }
        return 0;
    }

    void rethrow() throws IOException {
        IOException e = refused;
        if (e != null) {
            throw e;
        }
    }
}
