package io.kybern.scheduler.core.framework;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What plugins hand on from one extension point to a later one in the same cycle.
 *
 * <p>Each plugin uses classes of its own as keys, so no two can meet. Values are immutable, so a copy is cheap.
 */
public final class CycleState {

    private final Map<Class<?>, Object> values = new HashMap<>();
    private final Set<String> skippedFilters = new HashSet<>();

    /** Keeps a value; replaces one of the same class. */
    public <T> void put(Class<T> key, T value) {
        values.put(key, value);
    }

    /** The value of that class, null if none was put. */
    public <T> @Nullable T get(Class<T> key) {
        return key.cast(values.get(key));
    }

    /** A state of its own with the same contents. */
    public CycleState copy() {
        CycleState copy = new CycleState();
        copy.values.putAll(values);
        copy.skippedFilters.addAll(skippedFilters);
        return copy;
    }

    void skipFilter(String plugin) {
        skippedFilters.add(plugin);
    }

    boolean skipsFilter(String plugin) {
        return skippedFilters.contains(plugin);
    }
}
