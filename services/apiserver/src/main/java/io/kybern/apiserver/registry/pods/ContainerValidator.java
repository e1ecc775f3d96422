package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the containers of a pod. */
final class ContainerValidator {

    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final List<String> MESSAGE_POLICIES = List.of("File", "FallbackToLogsOnError");
    private static final String NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container";
    private static final String ONLY_FOR_SIDECARS = "may not be set for init containers without restartPolicy=Always";

    /** What an ephemeral container has not, in the order in which it is looked for. */
    private static final List<String> NOT_EPHEMERAL = List.of(
            "ports",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle");

    private final JsonNode spec;
    private final Map<String, JsonNode> volumes;
    private final Set<String> claims;
    private final boolean ownUsers;
    private final ProbeValidator probes;
    private final Set<String> names = new HashSet<>();

    /** @param volumes those of the pod that are without fault */
    ContainerValidator(JsonNode spec, Map<String, JsonNode> volumes) {
        this.spec = spec;
        this.volumes = volumes;
        this.claims = ResourceClaimValidator.names(spec);
        this.ownUsers = HostValidator.hasOwnUsers(spec);
        this.probes = new ProbeValidator(spec);
    }

    void containers(FieldPath field, List<FieldError> errors) {
        JsonNode containers = spec.path("containers");
        if (containers.isEmpty()) {
            errors.add(FieldError.required(field.child("containers"), ""));
            return;
        }
        int index = 0;
        for (JsonNode container : containers) {
            FieldPath each = field.child("containers").index(index++);
            common(container, each, errors);
            unique(container, each, errors);
            probes.validate(container, each, errors);
            RestartRuleValidator.validate(container, each, errors);
        }
        Set<String> hostPorts = new HashSet<>();
        index = 0;
        for (JsonNode container : containers) {
            hostPorts(container, field.child("containers").index(index++), hostPorts, errors);
        }
    }

    void initContainers(FieldPath field, List<FieldError> errors) {
        FieldPath list = field.child("initContainers");
        int index = 0;
        for (JsonNode container : spec.path("initContainers")) {
            FieldPath each = list.index(index++);
            common(container, each, errors);
            RestartRuleValidator.validate(container, each, errors);
            unique(container, each, errors);
            // they run one by one, so each is looked at alone, and Kubernetes always calls it the first
            hostPorts(container, list.index(0), new HashSet<>(), errors);
            if (container.path("restartPolicy").asString("").equals("Always")) {
                probes.validate(container, each, errors);
            } else {
                runsOnce(container, each, errors);
            }
        }
    }

    private static void runsOnce(JsonNode container, FieldPath field, List<FieldError> errors) {
        for (String sidecars : List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")) {
            if (container.has(sidecars)) {
                errors.add(FieldError.forbidden(field.child(sidecars), ONLY_FOR_SIDECARS));
            }
        }
        int index = 0;
        for (JsonNode policy : container.path("resizePolicy")) {
            FieldPath each = field.child("resizePolicy").index(index++).child("restartPolicy");
            if (policy.path("restartPolicy").asString("").equals("RestartContainer")) {
                errors.add(FieldError.invalid(
                        each,
                        "RestartContainer",
                        "must not be set to 'RestartContainer' for non-sidecar initContainers"));
            }
        }
    }

    void ephemeralContainers(FieldPath field, List<FieldError> errors) {
        Set<String> targets = Set.copyOf(names);
        int index = 0;
        for (JsonNode container : spec.path("ephemeralContainers")) {
            FieldPath each = field.child("ephemeralContainers").index(index++);
            common(container, each, errors);
            unpaddedImage(container, each, errors);
            unique(container, each, errors);
            String target = container.path("targetContainerName").asString("");
            if (!target.isEmpty() && !targets.contains(target)) {
                errors.add(FieldError.notFound(each.child("targetContainerName"), target));
            }
            for (String forbidden : NOT_EPHEMERAL) {
                if (container.has(forbidden)
                        && !(forbidden.equals("resources")
                                && container.get(forbidden).isEmpty())) {
                    errors.add(FieldError.forbidden(each.child(forbidden), NOT_FOR_EPHEMERAL));
                }
            }
            noSubPaths(container, each, errors);
        }
    }

    private static void noSubPaths(JsonNode container, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode mount : container.path("volumeMounts")) {
            FieldPath each = field.child("volumeMounts").index(index++);
            for (String path : List.of("subPath", "subPathExpr")) {
                if (!mount.path(path).asString("").isEmpty()) {
                    errors.add(FieldError.forbidden(each.child(path), NOT_FOR_EPHEMERAL));
                }
            }
        }
    }

    private void common(JsonNode container, FieldPath field, List<FieldError> errors) {
        String name = container.path("name").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(field.child("name"), ""));
        } else {
            Names.dns1123Label(name).forEach(fault -> errors.add(FieldError.invalid(field.child("name"), name, fault)));
        }
        if (container.path("image").asString("").isEmpty()) {
            errors.add(FieldError.required(field.child("image"), ""));
        }
        Values.oneOf(container, "terminationMessagePolicy", field, MESSAGE_POLICIES, true, errors);
        ports(container.path("ports"), field.child("ports"), errors);
        EnvironmentValidator.environment(container, field, errors);
        MountValidator.validate(container, volumes, field, errors);
        Values.oneOf(container, "imagePullPolicy", field, PULL_POLICIES, true, errors);
        ResourceValidator.resources(container.path("resources"), claims, field.child("resources"), errors);
        ResourceValidator.resizePolicy(
                container.path("resizePolicy"),
                spec.path("restartPolicy").asString(""),
                field.child("resizePolicy"),
                errors);
        SecurityValidator.container(
                container.path("securityContext"), ownUsers, field.child("securityContext"), errors);
    }

    private void unique(JsonNode container, FieldPath field, List<FieldError> errors) {
        String name = container.path("name").asString("");
        if (!names.add(name)) {
            errors.add(FieldError.duplicate(field.child("name"), name));
        }
    }

    /** The image of a container, which a pod that is changed must have as well as a new one. */
    static void image(JsonNode container, FieldPath field, List<FieldError> errors) {
        if (container.path("image").asString("").isEmpty()) {
            errors.add(FieldError.required(field.child("image"), ""));
        }
        unpaddedImage(container, field, errors);
    }

    /** Templates were never refused for white space around the image, pods are. */
    static void unpaddedImage(JsonNode container, FieldPath field, List<FieldError> errors) {
        String image = container.path("image").asString("");
        if (!image.strip().equals(image)) {
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
            if (hostPort != 0) {
                Names.portNumber(hostPort)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("hostPort"), hostPort, fault)));
            }
            Values.oneOf(port, "protocol", each, PROTOCOLS, true, errors);
        }
    }

    private static void hostPorts(JsonNode container, FieldPath field, Set<String> taken, List<FieldError> errors) {
        int index = 0;
        for (JsonNode port : container.path("ports")) {
            FieldPath each = field.child("ports").index(index++);
            long number = port.path("hostPort").asLong(0);
            if (number != 0) {
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
