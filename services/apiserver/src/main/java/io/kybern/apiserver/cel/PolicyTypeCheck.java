package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import io.kybern.api.GroupVersionKind;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks the expressions of a policy against the types of the objects that it is about. What it finds are warnings: an object may have
 * more than its schema says. See "Type checking" in "Validating Admission Policy".
 */
public final class PolicyTypeCheck {

    private final Map<GroupVersionKind, CelCompiler> compilers = new LinkedHashMap<>();

    /**
     * A check.
     *
     * @param kinds the schemas of the kinds of objects, in the order in which warnings name them
     * @param params whether the policy has parameters
     * @param paramSchema what parameters are like; null if nobody knows
     * @param variables the variables of the policy; may be missing
     */
    public PolicyTypeCheck(
            Map<GroupVersionKind, Schema> kinds, boolean params, @Nullable Schema paramSchema, JsonNode variables) {
        kinds.forEach((kind, schema) -> {
            ObjectTypes types = new ObjectTypes();
            Map<String, CelType> typed = new LinkedHashMap<>();
            CelType object = types.of(schema, kind.kind());
            typed.put("object", object);
            typed.put("oldObject", object);
            if (params) {
                typed.put("params", paramSchema == null ? SimpleType.DYN : types.of(paramSchema, "params"));
            }
            compilers.put(kind, compiler(typed, types.declared(), variables));
        });
    }

    private static CelCompiler compiler(Map<String, CelType> typed, List<CelType> types, JsonNode variables) {
        Map<String, CelType> results = new LinkedHashMap<>();
        for (JsonNode variable : variables) {
            CelType result;
            try {
                result = AdmissionEnvironment.typed(typed, types, results)
                        .compile(variable.path("expression").asString(""))
                        .resultType();
            } catch (CelException e) {
                result = SimpleType.DYN;
            }
            results.put(variable.path("name").asString(""), result);
        }
        return AdmissionEnvironment.typed(typed, types, results);
    }

    /** What is wrong with an expression, for each kind of object with which something is; empty if nothing is. */
    public String warning(String expression) {
        List<String> warnings = new ArrayList<>();
        compilers.forEach((kind, compiler) -> {
            try {
                compiler.compile(expression);
            } catch (CelException e) {
                warnings.add("%s/%s, Kind=%s: %s\n".formatted(kind.group(), kind.version(), kind.kind(), e.text()));
            }
        });
        return String.join("\n", warnings);
    }
}
