package io.kybern.apiserver.cel;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What expressions of webhooks and policies see of a request: {@code object}, {@code oldObject}, {@code request},
 * {@code namespaceObject}, {@code authorizer}, and for policies {@code params} and {@code variables}.
 */
public final class AdmissionEnvironment {

    static final String AUTHORIZER = "authorizer";
    static final String REQUEST_RESOURCE = "authorizer.requestResource";

    private static final CelType TEXT = SimpleType.STRING;
    private static final CelType TEXTS = MapType.create(TEXT, TEXT);

    private static final StructType KIND =
            struct("kubernetes.GroupVersionKind", Map.of("group", TEXT, "version", TEXT, "kind", TEXT));
    private static final StructType RESOURCE =
            struct("kubernetes.GroupVersionResource", Map.of("group", TEXT, "version", TEXT, "resource", TEXT));
    private static final StructType USER = struct(
            "kubernetes.UserInfo",
            Map.of(
                    "username",
                    TEXT,
                    "uid",
                    TEXT,
                    "groups",
                    ListType.create(TEXT),
                    "extra",
                    MapType.create(TEXT, ListType.create(TEXT))));
    private static final StructType REQUEST = struct(
            "kubernetes.AdmissionRequest",
            ImmutableMap.<String, CelType>builder()
                    .put("kind", KIND)
                    .put("resource", RESOURCE)
                    .put("subResource", TEXT)
                    .put("requestKind", KIND)
                    .put("requestResource", RESOURCE)
                    .put("requestSubResource", TEXT)
                    .put("name", TEXT)
                    .put("namespace", TEXT)
                    .put("operation", TEXT)
                    .put("userInfo", USER)
                    .put("dryRun", SimpleType.BOOL)
                    .put("options", SimpleType.DYN)
                    .build());
    private static final StructType NAMESPACE_METADATA = struct(
            "kubernetes.NamespaceMetadata",
            ImmutableMap.<String, CelType>builder()
                    .put("name", TEXT)
                    .put("generateName", TEXT)
                    .put("namespace", TEXT)
                    .put("labels", TEXTS)
                    .put("annotations", TEXTS)
                    .put("UID", TEXT)
                    .put("creationTimestamp", SimpleType.TIMESTAMP)
                    .put("deletionGracePeriodSeconds", SimpleType.INT)
                    .put("deletionTimestamp", SimpleType.TIMESTAMP)
                    .put("generation", SimpleType.INT)
                    .put("resourceVersion", TEXT)
                    .put("finalizers", ListType.create(TEXT))
                    .build());
    private static final StructType NAMESPACE_SPEC =
            struct("kubernetes.NamespaceSpec", Map.of("finalizers", ListType.create(TEXT)));
    private static final StructType NAMESPACE_STATUS = struct("kubernetes.NamespaceStatus", Map.of("phase", TEXT));
    private static final StructType NAMESPACE = struct(
            "kubernetes.Namespace",
            Map.of("metadata", NAMESPACE_METADATA, "spec", NAMESPACE_SPEC, "status", NAMESPACE_STATUS));

    private static final List<StructType> TYPES =
            List.of(KIND, RESOURCE, USER, REQUEST, NAMESPACE_METADATA, NAMESPACE_SPEC, NAMESPACE_STATUS, NAMESPACE);

    private static final CelCompiler MATCH_CONDITIONS = compiler(Options.of());

    /**
     * What a use of the environment adds.
     *
     * @param params whether the policy has parameters
     * @param authorizer whether expressions may ask what the user may do
     * @param variables the variables of the policy, with the types of their values
     * @param mutations whether expressions may make objects and patches
     */
    record Options(boolean params, boolean authorizer, Map<String, CelType> variables, boolean mutations) {

        static Options of() {
            return new Options(false, true, Map.of(), false);
        }
    }

    private AdmissionEnvironment() {}

    /** The compiler for match conditions of webhooks. */
    public static CelCompiler matchConditions() {
        return MATCH_CONDITIONS;
    }

    /** The compiler for match conditions of a policy. */
    public static CelCompiler matchConditions(boolean params) {
        return params ? compiler(new Options(true, true, Map.of(), false)) : MATCH_CONDITIONS;
    }

    static CelCompiler compiler(Options options) {
        return compiler(options, Map.of(), List.of());
    }

    /**
     * The compiler of a check that knows the types of objects.
     *
     * @param typed the types of {@code object}, {@code oldObject} and {@code params}, which the policy has only if it is among them
     * @param types the types of objects that those types name
     * @param variables the variables of the policy, with the types of their values
     */
    static CelCompiler typed(
            Map<String, CelType> typed, List<? extends CelType> types, Map<String, CelType> variables) {
        return compiler(new Options(typed.containsKey("params"), true, variables, false), typed, types);
    }

    private static CelCompiler compiler(
            Options options, Map<String, CelType> typed, List<? extends CelType> objectTypes) {
        Map<String, CelType> variables = new LinkedHashMap<>();
        variables.put("object", SimpleType.DYN);
        variables.put("oldObject", SimpleType.DYN);
        variables.put("request", REQUEST);
        variables.put("namespaceObject", NAMESPACE);
        if (options.params()) {
            variables.put("params", SimpleType.DYN);
        }
        if (options.authorizer()) {
            variables.put(AUTHORIZER, AuthorizerFunctions.AUTHORIZER);
            variables.put(REQUEST_RESOURCE, AuthorizerFunctions.RESOURCE_CHECK);
        }
        variables.putAll(typed);
        List<CelType> types = new ArrayList<>(TYPES);
        types.addAll(objectTypes);
        if (!options.variables().isEmpty()) {
            StructType own = struct("kubernetes.variables", options.variables());
            types.add(own);
            variables.put("variables", own);
        }
        return new CelCompiler(variables, types, options.mutations());
    }

    static StructType struct(String name, Map<String, ? extends CelType> fields) {
        ImmutableMap<String, CelType> byName = ImmutableMap.copyOf(fields);
        return StructType.create(
                name, ImmutableSet.copyOf(byName.keySet()), field -> Optional.ofNullable(byName.get(field)));
    }
}
