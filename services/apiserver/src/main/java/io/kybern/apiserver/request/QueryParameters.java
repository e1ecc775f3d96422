package io.kybern.apiserver.request;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The decoded query of a URL.
 *
 * @param values by name, each in the order sent
 */
public record QueryParameters(Map<String, List<String>> values) {

    private static final QueryParameters NONE = new QueryParameters(Map.of());

    /** The query of a request URI; parts that cannot be decoded read as absent. */
    public static QueryParameters of(String uri) {
        int mark = uri.indexOf('?');
        if (mark < 0 || mark == uri.length() - 1) {
            return NONE;
        }
        try {
            return new QueryParameters(new QueryStringDecoder(uri).parameters());
        } catch (IllegalArgumentException e) {
            return NONE;
        }
    }

    /** The first value, or empty. */
    public String first(String name) {
        List<String> all = values.get(name);
        return all == null ? "" : all.getFirst();
    }

    /** The first value if there is one, be it empty. */
    public Optional<String> find(String name) {
        List<String> all = values.get(name);
        return all == null ? Optional.empty() : Optional.of(all.getFirst());
    }

    /** All values. */
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** Whether the parameter is there and says neither {@code false} nor {@code 0}, as Kubernetes reads booleans. */
    public boolean flag(String name) {
        return find(name).map(QueryParameters::truth).orElse(false);
    }

    /** A boolean value as Kubernetes reads it: everything but {@code false} and {@code 0} is true. */
    public static boolean truth(String text) {
        return !text.equalsIgnoreCase("false") && !text.equals("0");
    }
}
