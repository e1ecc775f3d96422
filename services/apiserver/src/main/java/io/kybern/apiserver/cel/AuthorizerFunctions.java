package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.authz.Decision;
import java.util.List;
import java.util.Map;

/** Questions to the authorizer: whether the user of the request, or a service account, may do something else as well. */
final class AuthorizerFunctions {

    /** The type of the variable {@code authorizer}. */
    static final CelType AUTHORIZER = OpaqueType.create("kubernetes.authorization.Authorizer");

    /** The type of the variable {@code authorizer.requestResource}. */
    static final CelType RESOURCE_CHECK = OpaqueType.create("kubernetes.authorization.ResourceCheck");

    private static final CelType PATH_CHECK = OpaqueType.create("kubernetes.authorization.PathCheck");
    private static final CelType GROUP_CHECK = OpaqueType.create("kubernetes.authorization.GroupCheck");
    private static final CelType DECISION = OpaqueType.create("kubernetes.authorization.Decision");
    private static final CelType TEXT = SimpleType.STRING;

    private AuthorizerFunctions() {}

    record Asker(Authorizer authorizer, UserInfo user) {}

    record PathCheck(Asker asker, String path) {

        Decision check(String verb) {
            return asker.authorizer()
                    .authorize(new AccessAttributes(asker.user(), verb, false, "", "", "", "", "", "", path));
        }
    }

    record GroupCheck(Asker asker, String group) {}

    record ResourceCheck(
            GroupCheck in,
            String resource,
            String subresource,
            String namespace,
            String name,
            FieldSelector fields,
            LabelSelector labels) {

        ResourceCheck(GroupCheck in, String resource, String subresource, String namespace, String name) {
            this(in, resource, subresource, namespace, name, FieldSelector.everything(), LabelSelector.everything());
        }

        ResourceCheck withSubresource(String other) {
            return new ResourceCheck(in, resource, other, namespace, name, fields, labels);
        }

        ResourceCheck withNamespace(String other) {
            return new ResourceCheck(in, resource, subresource, other, name, fields, labels);
        }

        ResourceCheck withName(String other) {
            return new ResourceCheck(in, resource, subresource, namespace, other, fields, labels);
        }

        ResourceCheck withFields(FieldSelector other) {
            return new ResourceCheck(in, resource, subresource, namespace, name, other, labels);
        }

        ResourceCheck withLabels(LabelSelector other) {
            return new ResourceCheck(in, resource, subresource, namespace, name, fields, other);
        }

        Decision check(String verb) {
            return in.asker()
                    .authorizer()
                    .authorize(new AccessAttributes(
                            in.asker().user(),
                            verb,
                            true,
                            in.group(),
                            "*",
                            resource,
                            subresource,
                            namespace,
                            name,
                            "",
                            fields,
                            labels));
        }
    }

    static CelFunctions functions() {
        CelFunctions functions = new CelFunctions(Map.of(
                AUTHORIZER.name(), Asker.class,
                PATH_CHECK.name(), PathCheck.class,
                GROUP_CHECK.name(), GroupCheck.class,
                RESOURCE_CHECK.name(), ResourceCheck.class,
                DECISION.name(), Decision.class));
        functions
                .member(
                        "path",
                        "authorizer_path",
                        PATH_CHECK,
                        List.of(AUTHORIZER, TEXT),
                        args -> new PathCheck((Asker) args[0], filled((String) args[1], "path")))
                .member(
                        "group",
                        "authorizer_group",
                        GROUP_CHECK,
                        List.of(AUTHORIZER, TEXT),
                        args -> new GroupCheck((Asker) args[0], (String) args[1]))
                .member(
                        "serviceAccount",
                        "authorizer_serviceaccount",
                        AUTHORIZER,
                        List.of(AUTHORIZER, TEXT, TEXT),
                        args -> account((Asker) args[0], (String) args[1], (String) args[2]))
                .member(
                        "resource",
                        "groupcheck_resource",
                        RESOURCE_CHECK,
                        List.of(GROUP_CHECK, TEXT),
                        args -> new ResourceCheck(
                                (GroupCheck) args[0], filled((String) args[1], "resource"), "", "", ""))
                .member("check", "pathcheck_check", DECISION, List.of(PATH_CHECK, TEXT), args -> ((PathCheck) args[0])
                        .check((String) args[1]));
        resources(functions);
        functions
                .member("allowed", "decision_allowed", SimpleType.BOOL, List.of(DECISION), args -> ((Decision) args[0])
                        .allowed())
                .member("reason", "decision_reason", TEXT, List.of(DECISION), args -> ((Decision) args[0]).reason())
                .member("errored", "decision_errored", SimpleType.BOOL, List.of(DECISION), args -> false)
                .member("error", "decision_error", TEXT, List.of(DECISION), args -> "");
        return functions;
    }

    private static void resources(CelFunctions functions) {
        List<CelType> parameters = List.of(RESOURCE_CHECK, TEXT);
        functions
                .member("subresource", "resourcecheck_subresource", RESOURCE_CHECK, parameters, args -> ((ResourceCheck)
                                args[0])
                        .withSubresource((String) args[1]))
                .member("namespace", "resourcecheck_namespace", RESOURCE_CHECK, parameters, args -> ((ResourceCheck)
                                args[0])
                        .withNamespace((String) args[1]))
                .member("name", "resourcecheck_name", RESOURCE_CHECK, parameters, args -> ((ResourceCheck) args[0])
                        .withName((String) args[1]))
                // a selector that cannot be read narrows nothing
                .member(
                        "fieldSelector",
                        "resourcecheck_fieldselector",
                        RESOURCE_CHECK,
                        parameters,
                        args -> ((ResourceCheck) args[0]).withFields(AccessAttributes.fieldsOf((String) args[1])))
                .member(
                        "labelSelector",
                        "resourcecheck_labelselector",
                        RESOURCE_CHECK,
                        parameters,
                        args -> ((ResourceCheck) args[0]).withLabels(AccessAttributes.labelsOf((String) args[1])))
                .member("check", "resourcecheck_check", DECISION, parameters, args -> ((ResourceCheck) args[0])
                        .check((String) args[1]));
    }

    private static String filled(String text, String what) {
        if (text.isBlank()) {
            throw CelFunctions.failure(what + " must not be empty");
        }
        return text;
    }

    private static Asker account(Asker asker, String namespace, String name) {
        if (!Names.dns1123Subdomain(name).isEmpty()) {
            throw CelFunctions.failure("Invalid service account name");
        }
        if (!Names.dns1123Label(namespace).isEmpty()) {
            throw CelFunctions.failure("Invalid service account namespace");
        }
        return new Asker(
                asker.authorizer(),
                UserInfo.of(
                        "system:serviceaccount:%s:%s".formatted(namespace, name),
                        List.of(
                                "system:serviceaccounts",
                                "system:serviceaccounts:" + namespace,
                                UserInfo.AUTHENTICATED)));
    }
}
