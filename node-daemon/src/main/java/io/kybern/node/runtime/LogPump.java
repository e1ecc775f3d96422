package io.kybern.node.runtime;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Hands log frames on; the sink's refusal ends the stream. */
final class LogPump extends ResultCallback.Adapter<Frame> {
    private final OutputSink sink;
    private volatile @Nullable IOException refused;

    LogPump(OutputSink sink) {
        this.sink = sink;
    }

    @Override
    public void onNext(Frame frame) {
        if (refused != null) {
            return;
        }
        try {
            byte[] data = frame.getPayload();
            var channel =
                    frame.getStreamType() == StreamType.STDERR ? OutputSink.Channel.STDERR : OutputSink.Channel.STDOUT;
            sink.write(channel, data, 0, data.length);
        } catch (IOException refusal) {
            refused = refusal;
            try {
                close();
            } catch (IOException closing) {
                refusal.addSuppressed(closing);
            }
        }
    }

    void rethrow() throws IOException {
        IOException e = refused;
        if (e != null) {
            throw e;
        }
    }
}
