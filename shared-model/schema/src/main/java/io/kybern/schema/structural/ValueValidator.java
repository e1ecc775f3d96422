package io.kybern.schema.structural;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks values against the restrictions of a schema, in the words of Kubernetes. With an old value, what did not change is not
 * found at fault again. Safe to share.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting">validation
 *     ratcheting</a>
 */
public final class ValueValidator {

    private static final String NOWHERE = "<nil>";

    /** Patterns come with the schema, so there are as many as schemas have. */
    private final Map<String, Object> patterns = new ConcurrentHashMap<>();

    private final JsonNode schema;
    private final String prefix;

    /**
     * @param schema the schema of what will be checked, in its OpenAPI form
     * @param prefix where in the object that is; empty for the object itself
     */
    public ValueValidator(JsonNode schema, String prefix) {
        this.schema = schema;
        this.prefix = prefix;
    }

    /** The faults of a value. */
    public List<FieldError> validate(JsonNode value) {
        return check(value, schema, "", null).errors();
    }

    /** The faults of a value that replaces another, other than those of parts that stayed as they were. */
    public List<FieldError> validateUpdate(JsonNode value, JsonNode old) {
        return check(value, schema, "", new Correlation(value, old, schema)).errors();
    }

    private Finding check(JsonNode value, JsonNode rules, String path, @Nullable Correlation before) {
        Finding finding = new Finding();
        if (value.isNull()) {
            nothing(rules, path, finding);
        } else {
            type(value, rules, path, finding);
            alternatives(value, rules, path, before, finding);
            if (value.isString()) {
                text(value.asString(), rules, path, finding);
            } else if (value.isNumber()) {
                new NumberRules(this, rules, path).check(value, finding);
            } else if (value.isArray()) {
                elements(value, rules, path, before, finding);
            }
            enumeration(value, rules, path, finding);
            if (value.isObject()) {
                fields(value, rules, path, before, finding);
            }
            finding.matched();
        }
        if (!finding.isValid() && before != null && before.unchanged()) {
            finding.forgive();
        }
        return finding;
    }

    private void nothing(JsonNode rules, String path, Finding finding) {
        List<String> types = types(rules);
        if (!types.isEmpty() && !rules.path("nullable").asBoolean(false)) {
            wrongType(path, String.join(",", types), "null", finding);
        }
        enumeration(Json.mapper().nullNode(), rules, path, finding);
    }

    private static List<String> types(JsonNode rules) {
        if (rules.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return List.of("integer", "string");
        }
        String type = rules.path("type").asString("");
        return type.isEmpty() ? List.of() : List.of(type);
    }

    private void type(JsonNode value, JsonNode rules, String path, Finding finding) {
        List<String> types = types(rules);
        if (types.isEmpty()) {
            return;
        }
        String actual = typeOf(value);
        boolean fits = types.contains(actual)
                || (value.isNumber() && types.contains("number"))
                || (actual.equals("number") && types.contains("integer") && isWhole(value));
        if (fits) {
            finding.matched();
            finding.matched();
        } else {
            wrongType(path, String.join(",", types), actual, finding);
        }
    }

    private static boolean isWhole(JsonNode value) {
        return value.decimalValue().stripTrailingZeros().scale() <= 0;
    }

    private static String typeOf(JsonNode value) {
        if (value.isNumber()) {
            return value.isIntegralNumber() ? "integer" : "number";
        }
        if (value.isString()) {
            return "string";
        }
        if (value.isBoolean()) {
            return "boolean";
        }
        return value.isArray() ? "array" : "object";
    }

    private void wrongType(String path, String wanted, String actual, Finding finding) {
        String message = "%s in body must be of type %s: \"%s\"".formatted(path, wanted, actual);
        finding.add(FieldError.typeInvalid(at(path), actual, message));
    }

    private void alternatives(
            JsonNode value, JsonNode rules, String path, @Nullable Correlation before, Finding finding) {
        if (!rules.path("anyOf").isEmpty()) {
            finding.merge(anyOf(value, rules.path("anyOf"), path, before));
        }
        if (!rules.path("oneOf").isEmpty()) {
            finding.merge(oneOf(value, rules.path("oneOf"), path, before));
        }
        if (!rules.path("allOf").isEmpty()) {
            allOf(value, rules.path("allOf"), path, before, finding);
        }
        if (rules.path("not").isObject()
                && check(value, rules.get("not"), path, before).isValid()) {
            composite("\"%s\" must not validate the schema (not)".formatted(path), finding);
        }
        finding.matched();
        finding.matched();
    }

    private Finding anyOf(JsonNode value, JsonNode schemas, String path, @Nullable Correlation before) {
        Finding best = new Finding();
        boolean first = true;
        for (JsonNode each : schemas) {
            Finding found = check(value, each, path, before);
            if (found.isValid()) {
                return found;
            }
            if (first || found.matches() > best.matches()) {
                best = found;
            }
            first = false;
        }
        Finding failed = new Finding();
        composite("\"%s\" must validate at least one schema (anyOf)".formatted(path), failed);
        failed.merge(best);
        return failed;
    }

    private Finding oneOf(JsonNode value, JsonNode schemas, String path, @Nullable Correlation before) {
        Finding best = null;
        Finding success = null;
        int valid = 0;
        for (JsonNode each : schemas) {
            Finding found = check(value, each, path, before);
            if (found.isValid()) {
                valid++;
                success = success == null ? found : success;
                best = null;
            } else if (valid == 0 && (best == null || found.matches() > best.matches())) {
                best = found;
            }
        }
        if (valid == 1 && success != null) {
            return success;
        }
        Finding failed = new Finding();
        String more = valid == 0 ? "Found none valid" : "Found %d valid alternatives".formatted(valid);
        composite("\"%s\" must validate one and only one schema (oneOf). %s".formatted(path, more), failed);
        if (best != null) {
            failed.merge(best);
        }
        return failed;
    }

    private void allOf(JsonNode value, JsonNode schemas, String path, @Nullable Correlation before, Finding finding) {
        int valid = 0;
        for (JsonNode each : schemas) {
            Finding found = check(value, each, path, before);
            valid += found.isValid() ? 1 : 0;
            finding.merge(found);
        }
        if (valid != schemas.size()) {
            composite(
                    "\"%s\" must validate all the schemas (allOf)%s"
                            .formatted(path, valid == 0 ? ". None validated" : ""),
                    finding);
        }
    }

    /** A fault of no single field. */
    private void composite(String message, Finding finding) {
        finding.add(new FieldError(FieldError.Type.INVALID, prefix.isEmpty() ? NOWHERE : prefix, "", message));
    }

    private void text(String text, JsonNode rules, String path, Finding finding) {
        int length = text.codePointCount(0, text.length());
        JsonNode pattern = rules.path("pattern");
        if (rules.path("maxLength").isNumber()
                && length > rules.path("maxLength").asLong()) {
            finding.add(FieldError.tooLong(at(path), rules.path("maxLength").asInt()));
        } else if (rules.path("minLength").isNumber()
                && length < rules.path("minLength").asLong()) {
            invalid(
                    path,
                    text,
                    "should be at least %d chars long"
                            .formatted(rules.path("minLength").asLong()),
                    finding);
        } else if (pattern.isString() && !pattern.asString().isEmpty()) {
            matches(text, pattern.asString(), path, finding);
        }
        finding.matched();
        String format = rules.path("format").asString("");
        String type = rules.path("type").asString("");
        if (!format.isEmpty() && (type.isEmpty() || type.equals("string")) && !TextFormat.matches(format, text)) {
            finding.add(FieldError.typeInvalid(
                    at(path), text, "%s in body must be of type %s: %s".formatted(path, format, quoted(text))));
        }
    }

    private static String quoted(String text) {
        return Json.string(Json.mapper().valueToTree(text));
    }

    private void matches(String text, String pattern, String path, Finding finding) {
        Object compiled = patterns.computeIfAbsent(pattern, ValueValidator::compile);
        if (compiled instanceof Pattern expression) {
            if (!expression.matcher(text).find()) {
                invalid(path, text, "should match '%s'".formatted(pattern), finding);
            }
        } else {
            invalid(path, text, "should match '%s, but pattern is invalid: %s'".formatted(pattern, compiled), finding);
        }
    }

    /** The pattern, or why it is none. */
    private static Object compile(String pattern) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            return Objects.requireNonNullElse(e.getMessage(), "");
        }
    }

    private void elements(JsonNode array, JsonNode rules, String path, @Nullable Correlation before, Finding finding) {
        JsonNode items = rules.path("items");
        int size = array.size();
        if (items.isObject()) {
            for (int i = 0; i < size; i++) {
                Correlation element = before == null ? null : before.element(i);
                finding.merge(check(array.get(i), items, path + "[" + i + "]", element));
            }
        }
        if (rules.path("minItems").isNumber() && size < rules.path("minItems").asLong()) {
            long min = rules.path("minItems").asLong();
            invalid(path, size, "should have at least %d items".formatted(min), finding);
        }
        if (rules.path("maxItems").isNumber() && size > rules.path("maxItems").asLong()) {
            finding.add(
                    FieldError.tooMany(at(path), size, rules.path("maxItems").asInt()));
        }
        if (rules.path("uniqueItems").asBoolean(false) && new HashSet<>(normalized(array)).size() < size) {
            finding.add(FieldError.invalid(at(path), "", "%s in body shouldn't contain duplicates".formatted(path)));
        }
        finding.matched();
        finding.matched();
    }

    private static List<Object> normalized(JsonNode array) {
        List<Object> values = new ArrayList<>(array.size());
        array.forEach(each -> values.add(JsonValues.comparable(each)));
        return values;
    }

    private void enumeration(JsonNode value, JsonNode rules, String path, Finding finding) {
        JsonNode allowed = rules.path("enum");
        if (allowed.isEmpty()) {
            return;
        }
        List<String> names = new ArrayList<>();
        for (JsonNode each : allowed) {
            if (JsonValues.same(each, value)) {
                finding.matched();
                return;
            }
            names.add(each.isString() ? each.asString() : Json.string(each));
        }
        finding.add(FieldError.notSupported(at(path), value, names));
    }

    private void fields(JsonNode object, JsonNode rules, String path, @Nullable Correlation before, Finding finding) {
        long size = object.size();
        if (rules.path("minProperties").isNumber()
                && size < rules.path("minProperties").asLong()) {
            long min = rules.path("minProperties").asLong();
            invalid(path, size, "should have at least %d properties".formatted(min), finding);
        }
        if (rules.path("maxProperties").isNumber()
                && size > rules.path("maxProperties").asLong()) {
            finding.add(FieldError.tooMany(
                    at(path), (int) size, rules.path("maxProperties").asInt()));
        }
        JsonNode properties = rules.path("properties");
        JsonNode additional = rules.path("additionalProperties");
        if (additional.isBoolean() && !additional.asBoolean()) {
            for (String name : object.propertyNames()) {
                if (!properties.has(name)) {
                    finding.add(FieldError.invalid(
                            at(path), name, "%s.%s in body is a forbidden property".formatted(path, name)));
                }
            }
        }
        Map<String, JsonNode> others = new HashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = field.getKey();
            if (properties.has(name)) {
                String below = path.isEmpty() ? name : path + "." + name;
                finding.merge(check(field.getValue(), properties.get(name), below, correlated(before, name, path)));
            } else if (additional.isObject()) {
                others.put(name, field.getValue());
            }
        }
        others.forEach((name, value) ->
                finding.merge(check(value, additional, path + "." + name, correlated(before, name, path))));
        for (JsonNode required : rules.path("required")) {
            if (!object.has(required.asString(""))) {
                finding.add(FieldError.required(at(path + "." + required.asString("")), ""));
            }
        }
        finding.matched();
    }

    private static @Nullable Correlation correlated(@Nullable Correlation before, String name, String path) {
        boolean typeMeta = path.isEmpty() && (name.equals("apiVersion") || name.equals("kind"));
        return before == null || typeMeta ? null : before.field(name);
    }

    /** A fault whose message names the field. */
    void invalid(String path, Object value, String fault, Finding finding) {
        finding.add(FieldError.invalid(at(path), value, path + " in body " + fault));
    }

    /** A number that its type cannot hold; the message says where. */
    void outOfRange(String message, Finding finding) {
        composite(message, finding);
    }

    private FieldPath at(String path) {
        String bare = path.startsWith(".") ? path.substring(1) : path;
        FieldPath start = prefix.isEmpty() ? FieldPath.root() : FieldPath.of(prefix);
        if (bare.isEmpty()) {
            return prefix.isEmpty() ? FieldPath.of(NOWHERE) : start;
        }
        return start.child(bare);
    }
}
