package io.kybern.events;

import io.kybern.api.ObjectKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/**
 * What an informer's readers see: immutable, replaced as a whole.
 *
 * @param objects the objects by key, sorted
 * @param indexes by index and value, the objects under it
 * @param revision up to where every change is in
 */
record InformerView<T>(
        TreePMap<ObjectKey, T> objects, PMap<String, PMap<String, TreePMap<ObjectKey, T>>> indexes, long revision) {

    /** Sorts before every name that there can be. */
    private static final String FIRST_NAME = "\0";

    static <T> InformerView<T> empty() {
        return new InformerView<>(TreePMap.empty(), HashTreePMap.empty(), 0);
    }

    Collection<T> byNamespace(String namespace) {
        return objects.subMap(
                        new ObjectKey(namespace, FIRST_NAME), true, new ObjectKey(namespace + "\0", FIRST_NAME), false)
                .values();
    }

    Collection<T> byIndex(String index, String value) {
        PMap<String, TreePMap<ObjectKey, T>> values = indexes.get(index);
        TreePMap<ObjectKey, T> found = values == null ? null : values.get(value);
        return found == null ? List.of() : found.values();
    }

    InformerView<T> at(long reached) {
        return new InformerView<>(objects, indexes, reached);
    }

    /** With one object put in, exchanged or, if it is null, taken out. */
    InformerView<T> with(ObjectKey key, @Nullable T object, Map<String, Function<T, Collection<String>>> indexers) {
        T before = objects.get(key);
        TreePMap<ObjectKey, T> after = object == null ? objects.minus(key) : objects.plus(key, object);
        PMap<String, PMap<String, TreePMap<ObjectKey, T>>> indexed = indexes;
        for (Map.Entry<String, Function<T, Collection<String>>> each : indexers.entrySet()) {
            PMap<String, TreePMap<ObjectKey, T>> values = indexed.get(each.getKey());
            if (values == null) {
                values = HashTreePMap.empty();
            }
            if (before != null) {
                values = without(values, each.getValue().apply(before), key);
            }
            if (object != null) {
                values = plus(values, each.getValue().apply(object), key, object);
            }
            indexed = indexed.plus(each.getKey(), values);
        }
        return new InformerView<>(after, indexed, revision);
    }

    private static <T> PMap<String, TreePMap<ObjectKey, T>> without(
            PMap<String, TreePMap<ObjectKey, T>> values, Collection<String> under, ObjectKey key) {
        PMap<String, TreePMap<ObjectKey, T>> result = values;
        for (String value : under) {
            TreePMap<ObjectKey, T> held = result.get(value);
            if (held != null) {
                TreePMap<ObjectKey, T> left = held.minus(key);
                result = left.isEmpty() ? result.minus(value) : result.plus(value, left);
            }
        }
        return result;
    }

    private static <T> PMap<String, TreePMap<ObjectKey, T>> plus(
            PMap<String, TreePMap<ObjectKey, T>> values, Collection<String> under, ObjectKey key, T object) {
        PMap<String, TreePMap<ObjectKey, T>> result = values;
        for (String value : under) {
            TreePMap<ObjectKey, T> held = result.get(value);
            result = result.plus(value, (held == null ? TreePMap.<ObjectKey, T>empty() : held).plus(key, object));
        }
        return result;
    }
}
