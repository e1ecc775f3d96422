package io.kybern.events;

import io.kybern.api.ObjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What an informer knows, and how lists and events change it. No threads, no time: whoever owns it calls it.
 *
 * <p>An object's revision decides: an event only counts if it is newer than the last list and than what is held for its key,
 * present or deleted. So doubled, late and reordered events do no harm. A list is the truth of its revision; what events told from
 * after it stays.
 */
final class InformerState<T> {

    /** Events that arrive before the first list are kept; more than this are left to another list. */
    private static final int MAX_EARLY = 10_000;

    private final InformerSpec<T> spec;
    private final Map<String, Function<T, Collection<String>>> indexers = new LinkedHashMap<>();
    private final Map<ObjectKey, Long> deleted = new HashMap<>();
    private final List<ObjectEvent> early = new ArrayList<>();
    private InformerView<T> view = InformerView.empty();
    private boolean synced;
    private long listed;
    private long mustReach;

    InformerState(InformerSpec<T> spec) {
        this.spec = spec;
    }

    InformerView<T> view() {
        return view;
    }

    boolean synced() {
        return synced;
    }

    /** Whether something is known to be missing, so that only a list can help. */
    boolean needsList() {
        return !synced || mustReach > listed;
    }

    /**
     * Adds an index, over what is there already too.
     *
     * @throws IllegalArgumentException if there is one of that name
     */
    void addIndex(String name, Function<T, Collection<String>> values) {
        if (indexers.putIfAbsent(name, values) != null) {
            throw new IllegalArgumentException("there is already an index \"" + name + "\"");
        }
        view = view.at(view.revision());
        rebuild(new ArrayList<>(view.objects().entrySet()), view.revision());
    }

    boolean hasIndex(String name) {
        return indexers.containsKey(name);
    }

    /** Everything up to a revision may have been missed. */
    void missed(long upTo) {
        mustReach = Math.max(mustReach, upTo);
    }

    /** A bookmark without gap: every change up to the revision is in. */
    void reached(long revision) {
        if (!needsList() && revision > view.revision()) {
            view = view.at(revision);
        }
    }

    /** Takes in an event; answers what changed, nothing or one object. */
    List<ObjectChange<T>> apply(ObjectEvent event) {
        ObjectKey key = event.key();
        if (key == null) {
            return List.of();
        }
        if (!synced) {
            if (early.size() < MAX_EARLY) {
                early.add(event);
            } else {
                missed(event.revision());
            }
            return List.of();
        }
        T before = view.objects().get(key);
        long known = Math.max(
                listed,
                before == null ? deleted.getOrDefault(key, 0L) : spec.revision().applyAsLong(before));
        if (event.revision() <= known) {
            return List.of();
        }
        if (event.type() == ObjectEvent.Type.DELETED) {
            deleted.put(key, event.revision());
            if (before == null) {
                return List.of();
            }
            view = view.with(key, null, indexers);
            return List.of(new ObjectChange<>(key, before, null));
        }
        T after = spec.decoder().apply(event.object());
        deleted.remove(key);
        view = view.with(key, after, indexers);
        return List.of(new ObjectChange<>(key, before, after));
    }

    /**
     * Takes in a list; answers what changed.
     *
     * @param knownBefore the revision that was known when the list was asked for; events may have gone beyond it since
     */
    List<ObjectChange<T>> replace(ListResult<T> list, long knownBefore) {
        // a list from before what was known already: the store began anew
        boolean restarted = list.revision() < knownBefore;
        Map<ObjectKey, T> now = new HashMap<>();
        list.items().forEach(item -> now.put(spec.key().apply(item), item));
        if (restarted) {
            mustReach = 0;
        } else {
            keepNewer(now, list.revision());
        }
        deleted.values().removeIf(revision -> restarted || revision <= list.revision());
        List<ObjectChange<T>> changes = difference(now);
        for (ObjectChange<T> change : changes) {
            view = view.with(change.key(), change.after(), indexers);
        }
        listed = list.revision();
        view = view.at(restarted ? listed : Math.max(listed, view.revision()));
        if (!synced) {
            synced = true;
            List<ObjectEvent> waiting = List.copyOf(early);
            early.clear();
            waiting.forEach(event -> changes.addAll(apply(event)));
        }
        return changes;
    }

    private void keepNewer(Map<ObjectKey, T> now, long revision) {
        view.objects().forEach((key, held) -> {
            if (spec.revision().applyAsLong(held) > revision) {
                now.put(key, held);
            }
        });
        deleted.forEach((key, at) -> {
            if (at > revision) {
                now.remove(key);
            }
        });
    }

    private List<ObjectChange<T>> difference(Map<ObjectKey, T> now) {
        List<ObjectChange<T>> changes = new ArrayList<>();
        Set<ObjectKey> gone = new HashSet<>(view.objects().keySet());
        gone.removeAll(now.keySet());
        gone.forEach(key -> changes.add(new ObjectChange<>(key, view.objects().get(key), null)));
        now.forEach((key, after) -> {
            T before = view.objects().get(key);
            if (before == null
                    || spec.revision().applyAsLong(before) != spec.revision().applyAsLong(after)) {
                changes.add(new ObjectChange<>(key, before, after));
            }
        });
        return changes;
    }

    private void rebuild(List<Map.Entry<ObjectKey, T>> objects, long revision) {
        view = InformerView.empty();
        objects.forEach(each -> view = view.with(each.getKey(), each.getValue(), indexers));
        view = view.at(revision);
    }
}
