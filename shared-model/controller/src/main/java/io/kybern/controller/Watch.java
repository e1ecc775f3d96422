package io.kybern.controller;

import io.kybern.api.ObjectKey;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A cache whose changes ask for passes. */
record Watch<T>(Informer<T> informer, String kind, Function<ObjectChange<T>, Collection<ObjectKey>> mapper) {

    /** Hands the keys that a change concerns to the sink, with the kind that changed. */
    void forwardTo(BiConsumer<ObjectKey, String> sink) {
        informer.onChange(change -> mapper.apply(change).forEach(key -> sink.accept(key, kind)));
    }
}
