package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.watch.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a list or a watch asks for; see "Resource versions" and "Retrieving large results sets in chunks" in the Kubernetes API
 * concepts.
 *
 * @param labels only objects with such labels
 * @param fields only objects with such fields
 * @param resourceVersion as sent, empty if absent
 * @param match {@code Exact}, {@code NotOlderThan} or empty
 * @param limit at most so many; 0 for all
 * @param token where to go on; empty to begin
 * @param timeoutSeconds how long a watch lasts; 0 leaves it to the server
 * @param bookmarks whether a watch sends bookmarks
 * @param sendInitialEvents whether a watch sends the state first
 */
record ListOptions(
        LabelSelector labels,
        FieldSelector fields,
        String resourceVersion,
        String match,
        long limit,
        String token,
        long timeoutSeconds,
        boolean bookmarks,
        boolean sendInitialEvents) {

    private static final String NAME = "metadata.name";
    static final String EXACT = "Exact";
    static final String NOT_OLDER = "NotOlderThan";
    private static final GroupVersionKind KIND = new GroupVersionKind("meta.k8s.io", "v1", "ListOptions");
    private static final FieldPath MATCH = FieldPath.of("resourceVersionMatch");

    /** Reads the query of a list, watch or deletecollection. */
    static ListOptions read(ApiRequest request, Set<String> fieldLabels) {
        QueryParameters query = request.query();
        boolean watch = request.info().verb().equals("watch");
        LabelSelector labels = labels(query.first("labelSelector"));
        FieldSelector fields = fields(query.first("fieldSelector"));
        if (request.info().namesObject()) {
            fields = theOneNamed(request.info().name(), fields);
        }
        Optional<Boolean> initial = query.find("sendInitialEvents").map(QueryParameters::truth);
        long limit = QueryReader.number(query, "limit").orElse(0L);
        long timeout = QueryReader.number(query, "timeoutSeconds").orElse(0L);
        ListOptions options = new ListOptions(
                labels,
                fields,
                query.first("resourceVersion"),
                query.first("resourceVersionMatch"),
                Math.max(limit, 0),
                query.first("continue"),
                Math.max(timeout, 0),
                query.flag("allowWatchBookmarks"),
                initial.orElse(false));
        List<FieldError> errors = watch ? options.watchErrors(initial) : options.listErrors(initial);
        if (!errors.isEmpty()) {
            throw ApiException.invalid(KIND, "", errors);
        }
        options.checkFields(fieldLabels);
        return options;
    }

    private static LabelSelector labels(String text) {
        try {
            return LabelSelector.parse(text);
        } catch (SelectorSyntaxException e) {
            throw ApiException.badRequest(message(e));
        }
    }

    private static FieldSelector fields(String text) {
        try {
            return FieldSelector.parse(text);
        } catch (SelectorSyntaxException e) {
            throw ApiException.badRequest(message(e));
        }
    }

    /** A watch whose path names an object is one of that name. */
    private static FieldSelector theOneNamed(String name, FieldSelector asked) {
        String selected = asked.exact(NAME).orElse(name);
        if (!selected.equals(name)) {
            throw ApiException.badRequest("fieldSelector metadata.name doesn't match requested name");
        }
        List<FieldSelector.Term> terms = new ArrayList<>(asked.terms());
        terms.add(new FieldSelector.Term(NAME, true, name));
        return FieldSelector.of(terms);
    }

    private static String message(SelectorSyntaxException e) {
        @Nullable String message = e.getMessage();
        return message == null ? "" : message;
    }

    private List<FieldError> listErrors(Optional<Boolean> initial) {
        List<FieldError> errors = new ArrayList<>();
        if (!match.isEmpty()) {
            if (resourceVersion.isEmpty()) {
                errors.add(FieldError.forbidden(
                        MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }
            if (!token.isEmpty()) {
                errors.add(FieldError.forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
            }
            if (!match.equals(EXACT) && !match.equals(NOT_OLDER)) {
                errors.add(FieldError.notSupported(MATCH, match, List.of(EXACT, NOT_OLDER, "")));
            }
            if (match.equals(EXACT) && resourceVersion.equals("0")) {
                errors.add(FieldError.forbidden(
                        MATCH, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }
        if (initial.isPresent()) {
            errors.add(
                    FieldError.forbidden(FieldPath.of("sendInitialEvents"), "sendInitialEvents is forbidden for list"));
        }
        return errors;
    }

    private List<FieldError> watchErrors(Optional<Boolean> initial) {
        List<FieldError> errors = new ArrayList<>();
        if (initial.isPresent() && !match.equals(NOT_OLDER)) {
            errors.add(FieldError.forbidden(
                    MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }
        if (!match.isEmpty()) {
            if (initial.isEmpty()) {
                errors.add(FieldError.forbidden(
                        MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
            }
            if (!match.equals(NOT_OLDER)) {
                errors.add(FieldError.notSupported(MATCH, match, List.of(NOT_OLDER)));
            }
            if (!token.isEmpty()) {
                errors.add(FieldError.forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
            }
        }
        return errors;
    }

    private void checkFields(Set<String> known) {
        for (FieldSelector.Term term : fields.terms()) {
            if (!known.contains(term.field())) {
                throw ApiException.badRequest(
                        known.size() <= 2
                                ? "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                                        .formatted(term.field())
                                : "field label not supported: " + term.field());
            }
        }
    }

    /** The resource version as a number, -1 if absent. */
    long revision() {
        return QueryReader.revision(
                resourceVersion, "resourceVersion: Invalid value: \"%s\": ".formatted(resourceVersion));
    }

    /** The objects that are wanted. */
    Selection selection(String namespace, String name) {
        String only = fields.exact("metadata.name").orElse(name);
        return new Selection(namespace.isEmpty() ? null : namespace, only.isEmpty() ? null : only, labels, fields);
    }
}
