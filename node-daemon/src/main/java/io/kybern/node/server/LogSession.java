package io.kybern.node.server;

import io.kybern.node.pods.RunningContainer;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.LogRequest;
import io.kybern.node.runtime.OutputSink;
import java.io.IOException;

/** Sends part of a container's log to a client, up to the number of bytes that it asked for. */
final class LogSession {

    /** Takes pieces of the log; throws when the client is gone. */
    interface Sink {
        void write(byte[] data, int offset, int length) throws IOException;
    }

    /** Ends the stream from within once the limit is reached. */
    private static final class LimitReached extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final ContainerRuntime runtime;

    LogSession(ContainerRuntime runtime) {
        this.runtime = runtime;
    }

    /** Sends the log; blocks until it is at its end, which for a followed one is the container's. */
    void run(RunningContainer container, Route.Options options, Sink sink) throws IOException {
        LogRequest request = new LogRequest(
                options.follow() && container.running(),
                options.tailLines(),
                options.since(),
                options.timestamps(),
                container.tty());
        try {
            runtime.logs(container.dockerId(), request, limited(sink, options.limitBytes()));
        } catch (LimitReached e) {
            // the client has all that it asked for
            return;
        }
    }

    private static OutputSink limited(Sink sink, long limit) {
        if (limit < 0) {
            return (channel, data, offset, length) -> sink.write(data, offset, length);
        }
        long[] left = {limit};
        return (channel, data, offset, length) -> {
            int size = (int) Math.min(length, left[0]);
            if (size > 0) {
                sink.write(data, offset, size);
            }
            left[0] -= size;
            if (left[0] == 0) {
                throw new LimitReached();
            }
        };
    }
}
