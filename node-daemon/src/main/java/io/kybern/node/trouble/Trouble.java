package io.kybern.node.trouble;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.event.Level;

/**
 * Something that may go on failing, and must not fill the log meanwhile: its first failure is a warning, those that follow are details, until
 * it has worked again. Safe for use by several threads.
 */
public final class Trouble {

    private final AtomicBoolean lasts = new AtomicBoolean();

    /** It failed; answers how loudly to say so. */
    public Level failed() {
        return lasts.getAndSet(true) ? Level.DEBUG : Level.WARN;
    }

    /** It works. */
    public void over() {
        lasts.set(false);
    }
}
