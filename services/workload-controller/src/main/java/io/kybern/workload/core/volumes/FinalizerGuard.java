package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Keeps the objects of a type while they are in use: all have a finalizer, and one that is going loses it when nobody uses it any more.
 *
 * @param finalizer the finalizer
 * @param cache where the objects are read
 * @param writes where they are written
 * @param fence where own writes are noted
 * @param with a copy of an object with these finalizers
 */
record FinalizerGuard<T extends HasMetadata>(
        String finalizer,
        Informer<T> cache,
        ObjectApi<T> writes,
        WriteFence fence,
        BiFunction<T, List<String>, T> with) {

    /** One pass over an object; whether it is used is asked only of one that is going. */
    Outcome reconcile(ObjectKey key, Predicate<T> isUsed) {
        Optional<T> found = cache.get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        T object = found.get();
        List<String> finalizers =
                new ArrayList<>(requireNonNullElse(object.getMetadata().getFinalizers(), List.of()));
        boolean kept = finalizers.contains(finalizer);
        if (Owners.isTerminating(object)) {
            if (kept && !isUsed.test(object)) {
                finalizers.remove(finalizer);
                write(key, with.apply(object, finalizers));
            }
        } else if (!kept) {
            finalizers.add(finalizer);
            write(key, with.apply(object, finalizers));
        }
        return Outcome.done();
    }

    private void write(ObjectKey key, T object) {
        try {
            fence.wrote(key, cache, writes.update(object).revision());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
