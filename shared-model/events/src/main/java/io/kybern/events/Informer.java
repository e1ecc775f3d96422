package io.kybern.events;

import io.kybern.api.ObjectKey;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A cache of one resource that follows the cluster. Readers may be any threads; objects are shared and must not be changed.
 *
 * <p>Events from Kafka are hints, the API server's lists are the truth: the cache lists at start, when an event was lost, when
 * Kafka falls silent, and now and then in any case.
 */
public interface Informer<T> {

    /** One object, if the cache holds it. */
    Optional<T> get(ObjectKey key);

    /** All objects, in the order of their keys, at one moment. */
    Collection<T> list();

    /** The objects of one namespace, in the order of their keys. */
    Collection<T> byNamespace(String namespace);

    /**
     * The objects for which an index has the value.
     *
     * @throws IllegalArgumentException if there is no index of that name
     */
    Collection<T> byIndex(String index, String value);

    /**
     * Adds an index; only before the factory is started.
     *
     * @param values the values under which an object is found, none or several
     * @return this informer
     */
    Informer<T> addIndex(String name, Function<T, Collection<String>> values);

    /**
     * Adds a handler, which then hears of every change, and of every object now and then. It runs on the cache's own thread,
     * after the cache holds the change, and must not block. A handler added to a running informer first hears of all objects.
     */
    void onChange(Consumer<ObjectChange<T>> handler);

    /** Whether the first list has arrived. */
    boolean hasSynced();

    /** The revision up to which the cache holds every change of the resource; 0 before the first list. */
    long revision();

    /**
     * Waits until the cache holds every change up to a revision, for example that of the caller's own write.
     *
     * @return whether it does; false if the time ran out
     * @throws InterruptedException if the wait is interrupted
     */
    boolean await(long revision, Duration atMost) throws InterruptedException;
}
