package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks how a pod resolves names; the limits are those of the C library's resolver. */
final class DnsValidator {

    private static final List<String> POLICIES = List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
    private static final int MAX_SERVERS = 3;
    private static final int MAX_SEARCHES = 32;
    private static final int MAX_SEARCH_CHARACTERS = 2048;

    private DnsValidator() {}

    static void policy(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Values.oneOf(spec, "dnsPolicy", field, POLICIES, true, errors);
    }

    static void config(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode config = spec.path("dnsConfig");
        JsonNode servers = config.path("nameservers");
        FieldPath serversField = field.child("nameservers");
        if (spec.path("dnsPolicy").asString("").equals("None")) {
            if (config.isMissingNode()) {
                errors.add(FieldError.required(field, "must provide `dnsConfig` when `dnsPolicy` is None"));
                return;
            }
            if (servers.isEmpty()) {
                errors.add(FieldError.required(
                        serversField, "must provide at least one DNS nameserver when `dnsPolicy` is None"));
                return;
            }
        }
        if (servers.size() > MAX_SERVERS) {
            errors.add(FieldError.invalid(serversField, servers, "must not have more than 3 nameservers"));
        }
        int index = 0;
        for (JsonNode server : servers) {
            Values.ip(server.asString(""), serversField.index(index++), errors);
        }
        searches(config.path("searches"), field.child("searches"), errors);
        index = 0;
        for (JsonNode option : config.path("options")) {
            FieldPath each = field.child("options").index(index++);
            if (option.path("name").asString("").isEmpty()) {
                errors.add(FieldError.required(each, "must not be empty"));
            }
        }
    }

    private static void searches(JsonNode searches, FieldPath field, List<FieldError> errors) {
        if (searches.size() > MAX_SEARCHES) {
            errors.add(FieldError.invalid(field, searches, "must not have more than 32 search paths"));
        }
        List<String> names = new ArrayList<>();
        searches.forEach(search -> names.add(search.asString("")));
        if (String.join(" ", names).length() > MAX_SEARCH_CHARACTERS) {
            errors.add(FieldError.invalid(
                    field, searches, "must not have more than 2048 characters (including spaces) in the search list"));
        }
        for (int i = 0; i < names.size(); i++) {
            FieldPath each = field.index(i);
            String search = names.get(i);
            if (!search.equals(".")) {
                String name = search.endsWith(".") ? search.substring(0, search.length() - 1) : search;
                Names.subdomainWithUnderscores(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each, name, fault)));
            }
        }
    }
}
