package io.kybern.apiserver.cel;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.GroupVersionResource;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Authorizer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The values of the variables of {@link AdmissionEnvironment} for one request. */
public final class AdmissionVariables {

    private AdmissionVariables() {}

    /**
     * All variables but those of policies. The objects must not change while the values are in use.
     *
     * @param object the object as it would be stored; null for a delete
     * @param oldObject the object as it is stored; null for a create
     */
    public static Map<String, Object> of(
            RequestFacts request, @Nullable JsonNode object, @Nullable JsonNode oldObject, Authorizer authorizer) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("object", CelValues.of(object));
        variables.put("oldObject", CelValues.of(oldObject));
        variables.put("request", facts(request));
        variables.put("namespaceObject", CelValues.nothing());
        AuthorizerFunctions.Asker asker = new AuthorizerFunctions.Asker(authorizer, request.user());
        GroupVersionResource resource = request.requestResource();
        variables.put(AdmissionEnvironment.AUTHORIZER, asker);
        variables.put(
                AdmissionEnvironment.REQUEST_RESOURCE,
                new AuthorizerFunctions.ResourceCheck(
                        new AuthorizerFunctions.GroupCheck(asker, resource.group()),
                        resource.resource(),
                        request.subresource(),
                        request.namespace(),
                        request.name()));
        return variables;
    }

    /** The value of {@code namespaceObject}; null where there is no namespace. */
    public static Object namespaceObject(@Nullable JsonNode namespace) {
        return CelValues.of(namespace, NamespaceShape.NAMESPACE);
    }

    /** What is empty is left out, as in the request that webhooks are sent. */
    private static Map<String, Object> facts(RequestFacts request) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("kind", kind(request.kind()));
        facts.put("resource", resource(request.resource()));
        putFilled(facts, "subResource", request.subresource());
        facts.put("requestKind", kind(request.requestKind()));
        facts.put("requestResource", resource(request.requestResource()));
        putFilled(facts, "requestSubResource", request.subresource());
        putFilled(facts, "name", request.name());
        putFilled(facts, "namespace", request.namespace());
        facts.put("operation", request.operation());
        facts.put("userInfo", user(request.user()));
        facts.put("dryRun", request.dryRun());
        facts.put("options", CelValues.of(request.options()));
        return facts;
    }

    private static Map<String, Object> user(UserInfo user) {
        Map<String, Object> facts = new LinkedHashMap<>();
        putFilled(facts, "username", user.name());
        putFilled(facts, "uid", user.uid());
        if (!user.groups().isEmpty()) {
            facts.put("groups", user.groups());
        }
        if (!user.extra().isEmpty()) {
            facts.put("extra", user.extra());
        }
        return facts;
    }

    private static void putFilled(Map<String, Object> facts, String name, String value) {
        if (!value.isEmpty()) {
            facts.put(name, value);
        }
    }

    private static Map<String, Object> kind(GroupVersionKind kind) {
        return Map.of("group", kind.group(), "version", kind.version(), "kind", kind.kind());
    }

    private static Map<String, Object> resource(GroupVersionResource resource) {
        return Map.of("group", resource.group(), "version", resource.version(), "resource", resource.resource());
    }

    /** Times of namespaces are times to expressions. */
    private enum NamespaceShape implements ValueShape {
        NAMESPACE,
        METADATA,
        TIME;

        @Override
        public ValueShape field(String property) {
            return switch (this) {
                case NAMESPACE -> property.equals("metadata") ? METADATA : ANY;
                case METADATA -> property.endsWith("Timestamp") ? TIME : ANY;
                case TIME -> ANY;
            };
        }

        @Override
        public String property(String name) {
            return this == METADATA && name.equals("UID") ? "uid" : name;
        }

        @Override
        public Object text(String text) {
            if (this != TIME) {
                return text;
            }
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                throw CelFunctions.failure("Invalid date-time");
            }
        }
    }
}
