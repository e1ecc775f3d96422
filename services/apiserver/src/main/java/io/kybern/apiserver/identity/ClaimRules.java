package io.kybern.apiserver.identity;

import dev.cel.common.types.SimpleType;
import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.cel.CelBudget;
import io.kybern.apiserver.cel.CelCompiler;
import io.kybern.apiserver.cel.CelException;
import io.kybern.apiserver.cel.CelProgram;
import io.kybern.apiserver.cel.CelValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What makes a user of a token's claims: which claims it must have, which become its name, groups and so on, and what must be true of the
 * user; see "Using Authentication Configuration" in the Kubernetes documentation. Expressions are compiled once.
 */
final class ClaimRules {

    private static final CelCompiler CLAIMS = new CelCompiler(Map.of("claims", SimpleType.DYN), Set.of());
    private static final CelCompiler USER = new CelCompiler(Map.of("user", SimpleType.DYN), Set.of());

    private final List<Check> claimChecks = new ArrayList<>();
    private final List<Check> userChecks = new ArrayList<>();
    private final Mapping name;
    private final Mapping groups;
    private final Mapping uid;
    private final Map<String, Mapping> extra = new LinkedHashMap<>();

    /** A claim that must have a value, or an expression that must be true. */
    private record Check(
            String claim, String value, @Nullable CelProgram expression) {}

    /** A claim with a prefix, or an expression; neither stands for nothing. */
    private record Mapping(
            String claim, String prefix, @Nullable CelProgram expression) {

        List<String> values(JsonNode claims) throws CelException {
            JsonNode found = expression == null
                    ? claims.path(claim)
                    : CelValues.toJson(
                            expression.evaluate(Map.of("claims", CelValues.of(claims)), CelBudget.perObject()));
            List<String> values = new ArrayList<>();
            if (found.isString()) {
                values.add(prefix + found.asString());
            }
            for (JsonNode each : found) {
                if (each.isString()) {
                    values.add(prefix + each.asString());
                }
            }
            return values;
        }
    }

    /**
     * Reads the rules of one issuer.
     *
     * @throws IllegalArgumentException if they make no sense
     */
    ClaimRules(JsonNode jwt) {
        for (JsonNode each : jwt.path("claimValidationRules")) {
            claimChecks.add(check(each, CLAIMS));
        }
        for (JsonNode each : jwt.path("userValidationRules")) {
            userChecks.add(check(each, USER));
        }
        JsonNode mappings = jwt.path("claimMappings");
        name = mapping(mappings.path("username"));
        groups = mapping(mappings.path("groups"));
        uid = mapping(mappings.path("uid"));
        for (JsonNode each : mappings.path("extra")) {
            extra.put(
                    each.path("key").asString(""),
                    expression(each.path("valueExpression").asString("")));
        }
        if (name.claim().isEmpty() && name.expression() == null) {
            throw new IllegalArgumentException("claimMappings.username names neither a claim nor an expression");
        }
    }

    private static Check check(JsonNode rule, CelCompiler compiler) {
        String expression = rule.path("expression").asString("");
        return new Check(
                rule.path("claim").asString(""),
                rule.path("requiredValue").asString(""),
                expression.isEmpty() ? null : compiled(compiler, expression));
    }

    private static Mapping mapping(JsonNode mapping) {
        String expression = mapping.path("expression").asString("");
        return expression.isEmpty()
                ? new Mapping(
                        mapping.path("claim").asString(""),
                        mapping.path("prefix").asString(""),
                        null)
                : expression(expression);
    }

    private static Mapping expression(String expression) {
        return new Mapping("", "", compiled(CLAIMS, expression));
    }

    private static CelProgram compiled(CelCompiler compiler, String expression) {
        try {
            return compiler.compile(expression);
        } catch (CelException e) {
            throw new IllegalArgumentException("the expression \"" + expression + "\" makes no sense: " + e.text(), e);
        }
    }

    /** The user, or nothing if the claims are not those of one. */
    Optional<UserInfo> user(JsonNode claims) {
        try {
            for (Check each : claimChecks) {
                if (!holds(each, "claims", claims)) {
                    return Optional.empty();
                }
            }
            List<String> names = name.values(claims);
            if (names.size() != 1 || names.getFirst().isEmpty() || unverified(claims)) {
                return Optional.empty();
            }
            List<String> uids = uid.values(claims);
            Map<String, List<String>> more = new LinkedHashMap<>();
            for (Map.Entry<String, Mapping> each : extra.entrySet()) {
                List<String> values = each.getValue().values(claims);
                if (!values.isEmpty()) {
                    more.put(each.getKey(), values);
                }
            }
            UserInfo user =
                    new UserInfo(names.getFirst(), uids.isEmpty() ? "" : uids.getFirst(), groups.values(claims), more);
            for (Check each : userChecks) {
                if (!holds(each, "user", json(user))) {
                    return Optional.empty();
                }
            }
            return Optional.of(user);
        } catch (CelException e) {
            return Optional.empty();
        }
    }

    /** An address that nobody confirmed is nobody's name. */
    private boolean unverified(JsonNode claims) {
        return name.claim().equals("email")
                && claims.has("email_verified")
                && !claims.path("email_verified").asBoolean(false);
    }

    private static boolean holds(Check check, String variable, JsonNode value) throws CelException {
        if (check.expression() == null) {
            return value.path(check.claim()).asString("").equals(check.value());
        }
        return Boolean.TRUE.equals(
                check.expression().evaluate(Map.of(variable, CelValues.of(value)), CelBudget.perObject()));
    }

    private static ObjectNode json(UserInfo user) {
        ObjectNode json = Json.object().put("username", user.name()).put("uid", user.uid());
        user.groups().forEach(json.putArray("groups")::add);
        ObjectNode extra = json.putObject("extra");
        user.extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
        return json;
    }
}
