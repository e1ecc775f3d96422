package io.kybern.node.server;

import io.netty.channel.Channel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Hands what the event loop received to a thread that may block. While more than a few pieces wait, nothing more is read from the
 * connection, so the queue stays small however fast the client sends.
 */
final class InputQueue<T> {

    private static final int PAUSE_AT = 16;
    private static final int RESUME_AT = 4;

    private record Entry<T>(@Nullable T value) {}

    private final Channel channel;
    private final BlockingQueue<Entry<T>> entries = new LinkedBlockingQueue<>();

    InputQueue(Channel channel) {
        this.channel = channel;
    }

    /** Adds a piece; called by the event loop. */
    void add(T value) {
        entries.add(new Entry<>(value));
        if (entries.size() >= PAUSE_AT) {
            channel.config().setAutoRead(false);
        }
    }

    /** Says that nothing more will come. */
    void end() {
        entries.add(new Entry<>(null));
    }

    /** Waits for the next piece; null once the end was reached, and from then on. */
    @Nullable
    T take() throws InterruptedException {
        Entry<T> entry = entries.take();
        if (entry.value() == null) {
            entries.add(entry);
        } else if (entries.size() <= RESUME_AT) {
            channel.config().setAutoRead(true);
        }
        return entry.value();
    }
}
