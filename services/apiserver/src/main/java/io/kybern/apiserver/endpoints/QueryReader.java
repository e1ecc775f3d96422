package io.kybern.apiserver.endpoints;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.QueryParameters;
import java.util.Optional;

/** Reads numbers from a query; what is no number is refused in the words of Kubernetes. */
final class QueryReader {

    private QueryReader() {}

    /** A signed number, if the parameter has a value. */
    static Optional<Long> number(QueryParameters query, String name) {
        Optional<String> text = query.find(name).filter(value -> !value.isEmpty());
        return text.map(QueryReader::parse);
    }

    private static Long parse(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest("strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text));
        }
    }

    /** A resource version, or -1 if there is none. */
    static long revision(String text, String where) {
        if (text.isEmpty()) {
            return -1;
        }
        try {
            return Long.parseUnsignedLong(text) < 0 ? Long.MAX_VALUE : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest(where + "strconv.ParseUint: parsing \"%s\": invalid syntax".formatted(text));
        }
    }
}
