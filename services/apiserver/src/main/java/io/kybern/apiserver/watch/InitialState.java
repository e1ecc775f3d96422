package io.kybern.apiserver.watch;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A snapshot told as events: each selected object is added. Nothing is copied; objects are selected as the reader takes them. */
final class InitialState implements Iterator<WatchEvent> {

    private final Iterator<CachedObject> objects;
    private final Selection selection;
    private final Iterator<WatchEvent> end;
    private @Nullable WatchEvent next;

    private InitialState(Iterator<CachedObject> objects, Selection selection, Iterator<WatchEvent> end) {
        this.objects = objects;
        this.selection = selection;
        this.end = end;
    }

    /** The snapshot's objects, then what ends them. */
    static Iterator<WatchEvent> events(Snapshot snapshot, Selection selection, List<WatchEvent> end) {
        String namespace = selection.namespace() == null ? "" : selection.namespace();
        return new InitialState(snapshot.range(namespace, null).iterator(), selection, end.iterator());
    }

    @Override
    public boolean hasNext() {
        while (next == null && objects.hasNext()) {
            CachedObject object = objects.next();
            if (selection.matches(object)) {
                next = new WatchEvent.Added(object);
            }
        }
        if (next == null && end.hasNext()) {
            next = end.next();
        }
        return next != null;
    }

    @Override
    public WatchEvent next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the initial state has been told");
        }
        WatchEvent event = next;
        next = null;
        return event;
    }
}
