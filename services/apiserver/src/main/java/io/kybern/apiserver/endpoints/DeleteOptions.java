package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.schema.PatchDocument;
import io.kybern.schema.PatchException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an object is to be deleted.
 *
 * @param gracePeriodSeconds how long the object may still run, null for its own period
 * @param uid only the object with this identity, if given
 * @param resourceVersion only the object in this version, if given
 * @param propagation {@code Foreground}, {@code Background}, {@code Orphan} or empty
 * @param orphanDependents the older form of propagation, if given
 * @param dryRun whether nothing is deleted
 */
record DeleteOptions(
        @Nullable Long gracePeriodSeconds,
        @Nullable String uid,
        @Nullable String resourceVersion,
        String propagation,
        @Nullable Boolean orphanDependents,
        boolean dryRun) {

    private static final GroupVersionKind KIND = new GroupVersionKind("meta.k8s.io", "v1", "DeleteOptions");
    private static final List<String> PROPAGATIONS = List.of("Foreground", "Background", "Orphan");

    /** Options that leave everything to the server. */
    static DeleteOptions none() {
        return new DeleteOptions(null, null, null, "", null, false);
    }

    /** Writes them into an object, which is answered. */
    ObjectNode fill(ObjectNode options) {
        if (gracePeriodSeconds != null) {
            options.put("gracePeriodSeconds", gracePeriodSeconds);
        }
        if (uid != null || resourceVersion != null) {
            ObjectNode preconditions = options.putObject("preconditions");
            if (uid != null) {
                preconditions.put("uid", uid);
            }
            if (resourceVersion != null) {
                preconditions.put("resourceVersion", resourceVersion);
            }
        }
        if (orphanDependents != null) {
            options.put("orphanDependents", orphanDependents);
        }
        if (!propagation.isEmpty()) {
            options.put("propagationPolicy", propagation);
        }
        return options;
    }

    /** With that grace period. */
    DeleteOptions withGrace(@Nullable Long seconds) {
        return new DeleteOptions(seconds, uid, resourceVersion, propagation, orphanDependents, dryRun);
    }

    /** Whether they say what becomes of dependents. */
    boolean saysOfDependents() {
        return orphanDependents != null || !propagation.isEmpty();
    }

    /** With that version as the only one to delete. */
    DeleteOptions withVersion(String version) {
        return new DeleteOptions(gracePeriodSeconds, uid, version, propagation, orphanDependents, dryRun);
    }

    /** Reads the body, or the query if there is none. */
    static DeleteOptions read(ApiRequest request) {
        ObjectNode body = request.body().length == 0 ? fromQuery(request.query()) : fromBody(request);
        return of(body);
    }

    private static ObjectNode fromBody(ApiRequest request) {
        JsonNode tree;
        try {
            tree = PatchDocument.read(Negotiation.jsonBody(request, KIND)).patch();
        } catch (PatchException e) {
            throw ApiException.badRequest("couldn't get version/kind; json parse error: " + e.getMessage());
        }
        if (!(tree instanceof ObjectNode object)) {
            throw ApiException.badRequest(
                    "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
                            .formatted(tree.isArray() ? "array" : "string"));
        }
        String kind = object.path("kind").asString("DeleteOptions");
        if (!kind.isEmpty() && !kind.equals("DeleteOptions")) {
            throw ApiException.badRequest(
                    "no kind \"%s\" is registered for version \"%s\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
                            .formatted(kind, object.path("apiVersion").asString("")));
        }
        return object;
    }

    private static ObjectNode fromQuery(QueryParameters query) {
        ObjectNode options = Json.object();
        QueryReader.number(query, "gracePeriodSeconds").ifPresent(grace -> options.put("gracePeriodSeconds", grace));
        query.find("propagationPolicy")
                .filter(each -> !each.isEmpty())
                .ifPresent(policy -> options.put("propagationPolicy", policy));
        query.find("orphanDependents")
                .filter(each -> !each.isEmpty())
                .ifPresent(orphan -> options.put("orphanDependents", QueryParameters.truth(orphan)));
        List<String> dryRun =
                query.all("dryRun").stream().filter(each -> !each.isEmpty()).toList();
        if (!dryRun.isEmpty()) {
            dryRun.forEach(options.putArray("dryRun")::add);
        }
        return options;
    }

    /** Reads and checks an options object. */
    static DeleteOptions of(JsonNode options) {
        List<FieldError> errors = new ArrayList<>();
        String propagation = options.path("propagationPolicy").asString("");
        @Nullable
        Boolean orphan = options.path("orphanDependents").isBoolean()
                ? options.path("orphanDependents").asBoolean()
                : null;
        FieldPath policy = FieldPath.of("propagationPolicy");
        if (!propagation.isEmpty()) {
            if (!PROPAGATIONS.contains(propagation)) {
                errors.add(FieldError.notSupported(
                        policy, propagation, List.of("Foreground", "Background", "Orphan", "nil")));
            }
            if (orphan != null) {
                errors.add(FieldError.invalid(
                        policy, propagation, "orphanDependents and deletionPropagation cannot be both set"));
            }
        }
        List<String> dryRun = new ArrayList<>();
        options.path("dryRun").forEach(each -> dryRun.add(each.asString("")));
        WriteOptions.checkDryRun(dryRun, errors);
        if (!errors.isEmpty()) {
            throw ApiException.invalid(KIND, "", errors);
        }
        JsonNode grace = options.path("gracePeriodSeconds");
        if (!grace.isMissingNode() && !grace.isNull() && !grace.isIntegralNumber()) {
            throw ApiException.badRequest(
                    "json: cannot unmarshal %s into Go struct field DeleteOptions.gracePeriodSeconds of type int64"
                            .formatted(grace.isString() ? "string" : "number"));
        }
        JsonNode preconditions = options.path("preconditions");
        return new DeleteOptions(
                grace.isIntegralNumber() ? (Long) grace.asLong() : null,
                text(preconditions.path("uid")).orElse(null),
                text(preconditions.path("resourceVersion")).orElse(null),
                propagation,
                orphan,
                !dryRun.isEmpty());
    }

    private static Optional<String> text(JsonNode node) {
        return node.isString() ? Optional.of(node.asString()) : Optional.empty();
    }
}
