package io.kybern.apiserver.audit;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What is to be told of the request that the thread answers, besides what every entry tells. Bound for the time of one request, if that is
 * audited at all; whoever adds something need not know.
 */
public final class AuditAnnotations {

    private static final ScopedValue<Map<String, String>> CURRENT = ScopedValue.newInstance();

    private AuditAnnotations() {}

    /** Tells something under a key such as {@code authorization.k8s.io/decision}; what was told first stays. */
    public static void add(String key, String value) {
        if (CURRENT.isBound()) {
            CURRENT.get().putIfAbsent(key, value);
        }
    }

    /** Runs with a map that collects. */
    static <T> T collecting(Map<String, String> into, Supplier<T> request) {
        return ScopedValue.where(CURRENT, into).call(request::get);
    }

    static Map<String, String> empty() {
        return new TreeMap<>();
    }
}
