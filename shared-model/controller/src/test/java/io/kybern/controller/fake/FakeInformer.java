package io.kybern.controller.fake;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.Informers;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A cache that shows what {@link FakeObjects} has delivered to it, and no more. */
public final class FakeInformer<T extends HasMetadata> implements Informer<T> {

    private final Map<ObjectKey, T> objects = new TreeMap<>();
    private final Map<String, Function<T, Collection<String>>> indexes = new HashMap<>();
    private final List<Consumer<ObjectChange<T>>> handlers = new ArrayList<>();
    private long revision;

    public FakeInformer() {
        indexes.put(Informers.BY_CONTROLLER, object -> Owners.controllerOf(object)
                .map(owner -> List.of(owner.getUid()))
                .orElse(List.of()));
    }

    /** One change arrives. */
    synchronized void apply(ObjectKey key, @Nullable T after, long atRevision) {
        T before = after == null ? objects.remove(key) : objects.put(key, after);
        revision = atRevision;
        if (before != null || after != null) {
            handlers.forEach(handler -> handler.accept(new ObjectChange<>(key, before, after)));
        }
        notifyAll();
    }

    /** A bookmark arrives. */
    public synchronized void bookmark(long atRevision) {
        revision = atRevision;
        notifyAll();
    }

    @Override
    public synchronized Optional<T> get(ObjectKey key) {
        return Optional.ofNullable(objects.get(key));
    }

    @Override
    public synchronized Collection<T> list() {
        return List.copyOf(objects.values());
    }

    @Override
    public synchronized Collection<T> byNamespace(String namespace) {
        return objects.values().stream()
                .filter(object -> namespace.equals(object.getMetadata().getNamespace()))
                .toList();
    }

    @Override
    public synchronized Collection<T> byIndex(String index, String value) {
        Function<T, Collection<String>> values = indexes.get(index);
        if (values == null) {
            throw new IllegalArgumentException("no index " + index);
        }
        return objects.values().stream()
                .filter(object -> values.apply(object).contains(value))
                .toList();
    }

    @Override
    public synchronized Informer<T> addIndex(String name, Function<T, Collection<String>> values) {
        indexes.put(name, values);
        return this;
    }

    @Override
    public synchronized void onChange(Consumer<ObjectChange<T>> handler) {
        handlers.add(handler);
    }

    @Override
    public boolean hasSynced() {
        return true;
    }

    @Override
    public synchronized long revision() {
        return revision;
    }

    @Override
    public synchronized boolean await(long wanted, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (revision < wanted) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(Math.max(1, left / 1_000_000));
        }
        return true;
    }
}
