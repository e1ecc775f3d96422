package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks what a pod shares with its node: the network, and the users. */
final class HostValidator {

    private static final String WITHOUT_USERS = "when `hostUsers` is false";

    private HostValidator() {}

    /** On the node's network a port is what it is; a template may leave open what its pods will get by default. */
    static void ports(JsonNode spec, boolean isPod, FieldPath field, List<FieldError> errors) {
        if (!spec.path("hostNetwork").asBoolean(false)) {
            return;
        }
        for (int i = 0; i < spec.path("containers").size(); i++) {
            JsonNode ports = spec.path("containers").get(i).path("ports");
            for (int j = 0; j < ports.size(); j++) {
                long host = ports.get(j).path("hostPort").asLong(0);
                if ((isPod || host != 0)
                        && host != ports.get(j).path("containerPort").asLong(0)) {
                    errors.add(FieldError.invalid(
                            field.child("containers")
                                    .index(i)
                                    .child("ports")
                                    .index(j)
                                    .child("hostPort"),
                            host,
                            "must match `containerPort` when `hostNetwork` is true"));
                }
            }
        }
    }

    /** A pod with users of its own has its own namespaces too, and no devices, which no one could give to those users. */
    static void users(JsonNode spec, FieldPath field, List<FieldError> errors) {
        if (!hasOwnUsers(spec)) {
            return;
        }
        if (spec.path("hostNetwork").asBoolean(false)) {
            errors.add(FieldError.forbidden(field.child("hostNetwork"), WITHOUT_USERS));
        }
        // these two begin with a capital in the answers of Kubernetes
        if (spec.path("hostPID").asBoolean(false)) {
            errors.add(FieldError.forbidden(field.child("HostPID"), WITHOUT_USERS));
        }
        if (spec.path("hostIPC").asBoolean(false)) {
            errors.add(FieldError.forbidden(field.child("HostIPC"), WITHOUT_USERS));
        }
        PodContainers.each(spec, field, (container, path) -> {
            if (!container.path("volumeDevices").isEmpty()) {
                errors.add(FieldError.forbidden(path.child("volumeDevices"), WITHOUT_USERS));
            }
        });
    }

    static boolean hasOwnUsers(JsonNode spec) {
        JsonNode hostUsers = spec.path("hostUsers");
        return hostUsers.isBoolean() && !hostUsers.asBoolean();
    }
}
