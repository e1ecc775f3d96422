package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.request.ApiRequest;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/**
 * How a create, update or patch wants to be done.
 *
 * @param dryRun whether nothing is stored
 * @param fieldManager who says so, for field ownership
 * @param fieldValidation what to do about fields that the type does not have
 */
record WriteOptions(boolean dryRun, String fieldManager, FieldValidation fieldValidation) {

    /** What to do about fields that the type does not have, or that stand twice. */
    enum FieldValidation {
        IGNORE,
        WARN,
        STRICT
    }

    private static final int MAX_MANAGER = 128;

    /**
     * Reads the query.
     *
     * @param kind {@code CreateOptions}, {@code UpdateOptions} or {@code PatchOptions}
     */
    static WriteOptions read(ApiRequest request, String kind) {
        List<FieldError> errors = new ArrayList<>();
        List<String> dryRun = request.query().all("dryRun").stream()
                .filter(each -> !each.isEmpty())
                .toList();
        checkDryRun(dryRun, errors);
        String manager = request.query().first("fieldManager");
        boolean applies = kind.equals("PatchOptions") && ApplyPatch.isOne(request);
        if (applies && manager.isEmpty()) {
            errors.add(FieldError.required(FieldPath.of("fieldManager"), "is required for apply patch"));
        }
        if (!applies && request.query().find("force").isPresent() && kind.equals("PatchOptions")) {
            errors.add(FieldError.forbidden(FieldPath.of("force"), "may not be specified for non-apply patch"));
        }
        checkManager(manager, errors);
        String validation = request.query().first("fieldValidation");
        FieldValidation directive =
                switch (validation) {
                    case "", "Warn" -> FieldValidation.WARN;
                    case "Strict" -> FieldValidation.STRICT;
                    case "Ignore" -> FieldValidation.IGNORE;
                    default -> {
                        errors.add(FieldError.notSupported(
                                FieldPath.of("fieldValidation"), validation, List.of("Ignore", "Warn", "Strict")));
                        yield FieldValidation.WARN;
                    }
                };
        if (!errors.isEmpty()) {
            throw ApiException.invalid(new GroupVersionKind("meta.k8s.io", "v1", kind), "", errors);
        }
        return new WriteOptions(!dryRun.isEmpty(), manager.isEmpty() ? agent(request) : manager, directive);
    }

    /** Adds an error if the list is anything but {@code All}. */
    static void checkDryRun(List<String> dryRun, List<FieldError> errors) {
        if (dryRun.stream().anyMatch(each -> !each.equals("All"))) {
            ArrayNode shown = Json.array();
            dryRun.forEach(shown::add);
            errors.add(FieldError.notSupported(FieldPath.of("dryRun"), shown, List.of("All")));
        }
    }

    private static void checkManager(String manager, List<FieldError> errors) {
        if (manager.length() > MAX_MANAGER) {
            errors.add(FieldError.tooLong(FieldPath.of("fieldManager"), MAX_MANAGER));
        }
        for (int i = 0; i < manager.length(); i++) {
            if (!isPrintable(manager.charAt(i))) {
                errors.add(FieldError.invalid(
                        FieldPath.of("fieldManager"),
                        manager,
                        "invalid character U+%04X (at position %d)".formatted((int) manager.charAt(i), i)));
            }
        }
    }

    private static String agent(ApiRequest request) {
        String agent = request.header("User-Agent");
        int slash = agent.indexOf('/');
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < (slash < 0 ? agent.length() : slash) && name.length() < MAX_MANAGER; i++) {
            if (isPrintable(agent.charAt(i))) {
                name.append(agent.charAt(i));
            }
        }
        return name.toString();
    }

    private static boolean isPrintable(char c) {
        return c == ' ' || !(Character.isISOControl(c) || Character.isWhitespace(c) || Character.isSpaceChar(c));
    }
}
