package io.kybern.apiserver.registry.networking;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * IngressClasses: which controller serves a class never changes. See <a
 * href="https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class">Ingress class</a>.
 */
public final class IngressClassStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath CONTROLLER = SPEC.child("controller");
    private static final FieldPath PARAMETERS = SPEC.child("parameters");
    private static final List<String> SCOPES = List.of("Cluster", "Namespace");
    private static final int MAX_CONTROLLER_BYTES = 250;
    private static final String PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
    private static final Pattern PATH_PATTERN = Pattern.compile(PATH);

    /** The classes of the API. */
    public IngressClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode ingressClass) {
        Absent.with(ingressClass.path("spec"), "parameters", parameters -> Absent.text(parameters, "scope", "Cluster"));
    }

    @Override
    protected void validate(ObjectNode ingressClass, List<FieldError> errors) {
        JsonNode spec = ingressClass.path("spec");
        controller(spec.path("controller").asString(""), errors);
        if (spec.path("parameters").isObject()) {
            parameters(spec.path("parameters"), errors);
        }
    }

    @Override
    protected void validateChange(ObjectNode ingressClass, ObjectNode old, List<FieldError> errors) {
        Values.immutable(
                ingressClass.path("spec").path("controller"), old.path("spec").path("controller"), CONTROLLER, errors);
        validate(ingressClass, errors);
    }

    private static void controller(String controller, List<FieldError> errors) {
        if (controller.isEmpty()) {
            errors.add(FieldError.required(CONTROLLER, ""));
            return;
        }
        if (controller.getBytes(StandardCharsets.UTF_8).length > MAX_CONTROLLER_BYTES) {
            errors.add(FieldError.tooLong(CONTROLLER, MAX_CONTROLLER_BYTES));
        }
        int slash = controller.indexOf('/');
        if (slash <= 0 || slash == controller.length() - 1) {
            errors.add(FieldError.invalid(
                    CONTROLLER, controller, "must be a domain-prefixed path (such as \"acme.io/foo\")"));
            return;
        }
        String host = controller.substring(0, slash);
        Names.dns1123Subdomain(host).forEach(fault -> errors.add(FieldError.invalid(CONTROLLER, host, fault)));
        String path = controller.substring(slash + 1);
        if (!PATH_PATTERN.matcher(path).matches()) {
            errors.add(
                    FieldError.invalid(CONTROLLER, path, "Invalid path (regex used for validation is '" + PATH + "')"));
        }
    }

    private static void parameters(JsonNode parameters, List<FieldError> errors) {
        JsonNode group = parameters.path("apiGroup");
        if (group.isString()) {
            Names.dns1123Subdomain(group.asString())
                    .forEach(fault ->
                            errors.add(FieldError.invalid(PARAMETERS.child("apiGroup"), group.asString(), fault)));
        }
        for (String part : List.of("kind", "name")) {
            String value = parameters.path(part).asString("");
            if (value.isEmpty()) {
                errors.add(FieldError.required(PARAMETERS.child(part), ""));
            }
            NameRule.pathSegment(value)
                    .forEach(fault -> errors.add(FieldError.invalid(PARAMETERS.child(part), value, fault)));
        }
        Values.oneOf(parameters, "scope", PARAMETERS, SCOPES, true, errors);
        namespace(parameters, errors);
    }

    private static void namespace(JsonNode parameters, List<FieldError> errors) {
        FieldPath field = PARAMETERS.child("namespace");
        JsonNode namespace = parameters.path("namespace");
        String scope = parameters.path("scope").asString("");
        if (scope.equals("Cluster") && namespace.isString()) {
            errors.add(FieldError.forbidden(field, "`parameters.scope` is set to 'Cluster'"));
        } else if (scope.equals("Namespace") && !namespace.isString()) {
            errors.add(FieldError.required(field, "`parameters.scope` is set to 'Namespace'"));
        } else if (scope.equals("Namespace")) {
            Names.dns1123Label(namespace.asString())
                    .forEach(fault -> errors.add(FieldError.invalid(field, namespace.asString(), fault)));
        }
    }
}
