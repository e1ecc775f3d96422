package io.kybern.apiserver.endpoints;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiRequest;

/** What the rows of a table carry of their objects: the parameter {@code includeObject}. */
enum RowObject {
    METADATA,
    OBJECT,
    NONE;

    /** What a request wants; 400 if it says anything else. */
    static RowObject of(ApiRequest request) {
        String wanted = request.query().first("includeObject");
        return switch (wanted) {
            case "", "Metadata" -> METADATA;
            case "Object" -> OBJECT;
            case "None" -> NONE;
            default ->
                throw ApiException.badRequest(
                        "Unable to convert to Table as requested: includeObject: Invalid value: \"%s\": must be 'Metadata', 'Object', 'None', or empty"
                                .formatted(wanted));
        };
    }
}
