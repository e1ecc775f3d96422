package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the containers of a pod. */
final class ContainerValidator {

    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final List<String> MESSAGE_POLICIES = List.of("FallbackToLogsOnError", "File");
    private static final int MAX_PORT = 65535;

    private final JsonNode spec;
    private final Set<String> volumes;
    private final Set<String> names = new HashSet<>();

    ContainerValidator(JsonNode spec, Set<String> volumes) {
        this.spec = spec;
        this.volumes = volumes;
    }

    void containers(FieldPath field, List<FieldError> errors) {
        JsonNode containers = spec.path("containers");
        if (containers.isEmpty()) {
            errors.add(FieldError.required(field.child("containers"), ""));
            return;
        }
        Set<String> hostPorts = new HashSet<>();
        int index = 0;
        for (JsonNode container : containers) {
            FieldPath each = field.child("containers").index(index++);
            container(container, each, errors);
            ProbeValidator.hooks(container.path("lifecycle"), each.child("lifecycle"), errors);
            ProbeValidator.probes(container, each, errors);
            RestartRuleValidator.validate(container, each, errors);
            hostPorts(container, each, hostPorts, errors);
        }
    }

    void initContainers(FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : spec.path("initContainers")) {
            FieldPath each = field.child("initContainers").index(index++);
            container(container, each, errors);
            RestartRuleValidator.validate(container, each, errors);
            if (container.path("restartPolicy").asString("").equals("Always")) {
                ProbeValidator.hooks(container.path("lifecycle"), each.child("lifecycle"), errors);
                ProbeValidator.probes(container, each, errors);
                continue;
            }
            if (container.has("lifecycle")) {
                errors.add(FieldError.forbidden(
                        each.child("lifecycle"), "may not be set for init containers without restartPolicy=Always"));
            }
            for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
                if (container.has(probe)) {
                    errors.add(FieldError.forbidden(
                            each.child(probe), "may not be set for init containers without restartPolicy=Always"));
                }
            }
        }
    }

    void ephemeralContainers(FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : spec.path("ephemeralContainers")) {
            FieldPath each = field.child("ephemeralContainers").index(index++);
            container(container, each, errors);
            for (String forbidden : List.of("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle")) {
                if (container.has(forbidden)) {
                    errors.add(FieldError.forbidden(each.child(forbidden), "cannot be set for an Ephemeral Container"));
                }
            }
            RestartRuleValidator.none(container, each, errors);
        }
    }

    private void container(JsonNode container, FieldPath field, List<FieldError> errors) {
        name(container, field, errors);
        image(container, field, errors);
        ports(container.path("ports"), field.child("ports"), errors);
        EnvironmentValidator.environment(container, spec.path("volumes"), field, errors);
        VolumeValidator.mounts(container, field, volumes, errors);
        Values.oneOf(container, "imagePullPolicy", field, PULL_POLICIES, true, errors);
        ResourceValidator.resources(container.path("resources"), field.child("resources"), errors);
        JsonNode hostUsers = spec.path("hostUsers");
        boolean ownUsers = hostUsers.isBoolean() && !hostUsers.asBoolean();
        SecurityValidator.container(
                container.path("securityContext"), ownUsers, field.child("securityContext"), errors);
        Values.oneOf(container, "terminationMessagePolicy", field, MESSAGE_POLICIES, true, errors);
    }

    private void name(JsonNode container, FieldPath field, List<FieldError> errors) {
        String name = container.path("name").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(field.child("name"), ""));
            return;
        }
        Names.dns1123Label(name).forEach(fault -> errors.add(FieldError.invalid(field.child("name"), name, fault)));
        if (!names.add(name)) {
            errors.add(FieldError.duplicate(field.child("name"), name));
        }
    }

    static void image(JsonNode container, FieldPath field, List<FieldError> errors) {
        String image = container.path("image").asString("");
        if (image.isEmpty()) {
            errors.add(FieldError.required(field.child("image"), ""));
        } else if (!image.strip().equals(image)) {
            errors.add(FieldError.invalid(field.child("image"), image, "must not have leading or trailing whitespace"));
        }
    }

    private static void ports(JsonNode ports, FieldPath field, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode port : ports) {
            FieldPath each = field.index(index++);
            String name = port.path("name").asString("");
            if (!name.isEmpty()) {
                List<String> faults = Names.portName(name);
                faults.forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
                if (faults.isEmpty() && !names.add(name)) {
                    errors.add(FieldError.duplicate(each.child("name"), name));
                }
            }
            long number = port.path("containerPort").asLong(0);
            if (number == 0) {
                errors.add(FieldError.required(each.child("containerPort"), ""));
            } else {
                Names.portNumber(number)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("containerPort"), number, fault)));
            }
            long hostPort = port.path("hostPort").asLong(0);
            if (hostPort < 0 || hostPort > MAX_PORT) {
                errors.add(
                        FieldError.invalid(each.child("hostPort"), hostPort, "must be between 1 and 65535, inclusive"));
            }
            Values.oneOf(port, "protocol", each, PROTOCOLS, true, errors);
        }
    }

    private static void hostPorts(JsonNode container, FieldPath field, Set<String> taken, List<FieldError> errors) {
        int index = 0;
        for (JsonNode port : container.path("ports")) {
            FieldPath each = field.child("ports").index(index++);
            long number = port.path("hostPort").asLong(0);
            if (number > 0) {
                String key = "%s/%s/%d"
                        .formatted(
                                port.path("protocol").asString(""),
                                port.path("hostIP").asString(""),
                                number);
                if (!taken.add(key)) {
                    errors.add(FieldError.duplicate(each.child("hostPort"), key));
                }
            }
        }
    }
}
