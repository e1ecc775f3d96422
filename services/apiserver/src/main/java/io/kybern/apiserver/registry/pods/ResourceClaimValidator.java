package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Checks the claims of a pod for devices, and which of them its containers use. */
final class ResourceClaimValidator {

    private static final String CLAIM = "resourceClaimName";
    private static final String TEMPLATE = "resourceClaimTemplateName";

    private ResourceClaimValidator() {}

    static void ofPod(JsonNode spec, JsonNode metadata, FieldPath field, List<FieldError> errors) {
        boolean isStatic = metadata.path("annotations").has(PodAnnotationValidator.MIRROR);
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode claim : spec.path("resourceClaims")) {
            FieldPath each = field.index(index++);
            if (isStatic) {
                errors.add(FieldError.forbidden(FieldPath.root(), "static pods do not support resource claims"));
                continue;
            }
            String name = claim.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
            } else if (names.add(name)) {
                Names.dns1123Label(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            } else {
                errors.add(FieldError.duplicate(each.child("name"), name));
            }
            source(claim, each, errors);
        }
    }

    private static void source(JsonNode claim, FieldPath field, List<FieldError> errors) {
        if (claim.has(CLAIM) && claim.has(TEMPLATE)) {
            errors.add(FieldError.invalid(
                    field,
                    claim,
                    "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"));
        }
        if (!claim.has(CLAIM) && !claim.has(TEMPLATE)) {
            errors.add(FieldError.invalid(
                    field, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
        }
        for (String reference : List.of(CLAIM, TEMPLATE)) {
            if (claim.has(reference)) {
                String name = claim.path(reference).asString("");
                Names.dns1123Subdomain(name)
                        .forEach(fault -> errors.add(FieldError.invalid(field.child(reference), name, fault)));
            }
        }
    }

    /** @param known the claims of the pod */
    static void ofContainer(JsonNode claims, Set<String> known, FieldPath field, List<FieldError> errors) {
        Set<String> used = new HashSet<>();
        int index = 0;
        for (JsonNode claim : claims) {
            FieldPath each = field.index(index++);
            String name = claim.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each, ""));
                continue;
            }
            use(name, claim.path("request").asString(""), used, each, errors);
            if (!known.contains(name)) {
                String names = known.isEmpty() ? " which is empty" : ": " + String.join(", ", new TreeSet<>(known));
                errors.add(new FieldError(
                        FieldError.Type.NOT_FOUND,
                        each.toString(),
                        name,
                        "must be one of the names in pod.spec.resourceClaims" + names));
            }
        }
    }

    /** A claim is used as a whole, or request by request, but nothing of it twice. */
    private static void use(String name, String request, Set<String> used, FieldPath field, List<FieldError> errors) {
        if (used.contains(name)) {
            errors.add(FieldError.duplicate(field, name));
            return;
        }
        String key = request.isEmpty() ? name : name + "/" + request;
        if (!request.isEmpty()) {
            Names.dns1123Label(request)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("request"), request, fault)));
            if (used.contains(key)) {
                errors.add(FieldError.duplicate(field, key));
            }
        } else {
            used.stream()
                    .filter(other -> other.startsWith(name + "/"))
                    .forEach(other -> errors.add(FieldError.duplicate(field, name)));
        }
        used.add(key);
    }

    static Set<String> names(JsonNode spec) {
        Set<String> names = new HashSet<>();
        for (JsonNode claim : spec.path("resourceClaims")) {
            if (!claim.path("name").asString("").isEmpty()) {
                names.add(claim.path("name").asString(""));
            }
        }
        return names;
    }
}
