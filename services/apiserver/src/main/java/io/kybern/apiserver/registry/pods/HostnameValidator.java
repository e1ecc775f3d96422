package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Checks a host name that a pod has instead of its own. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4762-allow-arbitrary-fqdn-for-pod-hostname">KEP-4762</a>.
 */
final class HostnameValidator {

    /** The kernel takes no longer name. */
    private static final int MAX = 64;

    private HostnameValidator() {}

    static void override(JsonNode spec, FieldPath field, List<FieldError> errors) {
        if (!spec.has("hostnameOverride")) {
            return;
        }
        FieldPath override = field.child("hostnameOverride");
        String name = spec.path("hostnameOverride").asString("");
        if (spec.path("setHostnameAsFQDN").asBoolean(false)) {
            errors.add(FieldError.forbidden(override, "may not be specified when setHostnameAsFQDN is true"));
        }
        if (spec.path("hostNetwork").asBoolean(false)) {
            errors.add(FieldError.forbidden(override, "may not be specified when hostNetwork is true"));
        }
        if (name.length() > MAX) {
            errors.add(FieldError.tooLong(override, MAX));
        }
        Names.dns1123Subdomain(name).forEach(fault -> errors.add(FieldError.invalid(override, name, fault)));
    }
}
