package io.kybern.apiserver.registry.admission;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.cel.CelCompiler;
import io.kybern.apiserver.cel.CelException;
import io.kybern.apiserver.cel.PolicyExpressions;
import io.kybern.apiserver.cel.ValueNames;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Validating and mutating admission policies; see "Validating Admission Policy" and "Mutating Admission Policy". */
public final class PolicyStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final Pattern IDENTIFIER = Pattern.compile("[_a-zA-Z][_a-zA-Z0-9]*");
    private static final List<String> REASONS =
            List.of("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    private static final int MAX_ANNOTATIONS = 20;
    private static final int MAX_ANNOTATION_EXPRESSION = 5 * 1024;

    private final boolean validating;
    private final PolicyTypeChecker checker;

    /** One of the two types. */
    public PolicyStrategy(ResourceType type, TableShape table, PolicyTypeChecker checker) {
        super(type, table);
        this.validating = type.gvr().resource().startsWith("validating");
        this.checker = checker;
    }

    @Override
    public void prepareForCreate(ObjectNode policy, RequestScope scope) {
        super.prepareForCreate(policy, scope);
        checkTypes(policy);
    }

    @Override
    public void prepareForUpdate(ObjectNode policy, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(policy, old, scope);
        if (KubeObject.generation(policy) != KubeObject.generation(old)) {
            checkTypes(policy);
        }
    }

    /** Says at once what Kubernetes lets a controller say a moment later. */
    private void checkTypes(ObjectNode policy) {
        if (validating) {
            ObjectNode status =
                    policy.get("status") instanceof ObjectNode present ? present : policy.putObject("status");
            status.put("observedGeneration", KubeObject.generation(policy)).set("typeChecking", checker.check(policy));
        }
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode policy) {
        if (policy.path("spec") instanceof ObjectNode spec) {
            PolicyParts.text(spec, "failurePolicy", "Fail");
            PolicyParts.matchDefaults(spec.path("matchConstraints"));
        }
    }

    @Override
    protected void validate(ObjectNode policy, List<FieldError> errors) {
        JsonNode spec = policy.path("spec");
        Values.oneOf(spec, "failurePolicy", SPEC, List.of("Fail", "Ignore"), true, errors);
        PolicyParts.paramKind(spec.path("paramKind"), SPEC.child("paramKind"), errors);
        JsonNode constraints = spec.path("matchConstraints");
        if (!constraints.isObject()) {
            errors.add(FieldError.required(SPEC.child("matchConstraints"), ""));
        } else {
            PolicyParts.matchResources(constraints, SPEC.child("matchConstraints"), errors);
            if (constraints.path("resourceRules").isEmpty()) {
                errors.add(FieldError.required(SPEC.child("matchConstraints", "resourceRules"), ""));
            }
        }
        PolicyExpressions expressions =
                new PolicyExpressions(spec.path("paramKind").isObject(), spec.path("variables"));
        ConditionRules.validate(
                spec.path("matchConditions"), expressions.matchConditions(), SPEC.child("matchConditions"), errors);
        variables(spec.path("variables"), expressions, errors);
        if (validating) {
            validations(policy, expressions, errors);
        } else {
            mutations(spec, expressions, errors);
        }
    }

    private static void variables(JsonNode variables, PolicyExpressions expressions, List<FieldError> errors) {
        for (int i = 0; i < variables.size(); i++) {
            FieldPath path = SPEC.child("variables").index(i);
            String name = variables.get(i).path("name").asString("");
            String expression = variables.get(i).path("expression").asString("");
            if (name.isBlank()) {
                errors.add(FieldError.required(path.child("name"), "name is not specified"));
            } else if (!IDENTIFIER.matcher(name).matches() || ValueNames.isReserved(name)) {
                errors.add(FieldError.invalid(path.child("name"), name, "name is not a valid CEL identifier"));
            }
            CelException fault = expressions.faults().get(name);
            if (expression.isBlank()) {
                errors.add(FieldError.required(path.child("expression"), "expression is not specified"));
            } else if (fault != null) {
                errors.add(FieldError.invalid(path.child("expression"), expression, fault.text()));
            }
        }
    }

    private static void validations(ObjectNode policy, PolicyExpressions expressions, List<FieldError> errors) {
        JsonNode spec = policy.path("spec");
        JsonNode validations = spec.path("validations");
        JsonNode annotations = spec.path("auditAnnotations");
        if (validations.isEmpty() && annotations.isEmpty()) {
            String detail = "validations or auditAnnotations must contain at least one item";
            errors.add(FieldError.required(SPEC.child("validations"), detail));
            errors.add(FieldError.required(SPEC.child("auditAnnotations"), detail));
            return;
        }
        CelCompiler conditions = expressions.conditions();
        CelCompiler messages = expressions.messages();
        for (int i = 0; i < validations.size(); i++) {
            validation(validations.get(i), SPEC.child("validations").index(i), conditions, messages, errors);
        }
        if (annotations.size() > MAX_ANNOTATIONS) {
            errors.add(FieldError.invalid(
                    SPEC.child("auditAnnotations"),
                    annotations,
                    "must not have more than %d auditAnnotations".formatted(MAX_ANNOTATIONS)));
        }
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < annotations.size(); i++) {
            FieldPath path = SPEC.child("auditAnnotations").index(i);
            annotation(KubeObject.name(policy), annotations.get(i), path, conditions, errors);
            String key = annotations.get(i).path("key").asString("");
            if (!keys.add(key)) {
                errors.add(FieldError.duplicate(path.child("key"), key));
            }
        }
    }

    private static void validation(
            JsonNode validation,
            FieldPath path,
            CelCompiler conditions,
            CelCompiler messages,
            List<FieldError> errors) {
        String expression = validation.path("expression").asString("");
        if (expression.isBlank()) {
            errors.add(FieldError.required(path.child("expression"), "expression is not specified"));
        } else {
            ConditionRules.expression(expression, conditions::compileCondition, path.child("expression"), errors);
        }
        String messageExpression = validation.path("messageExpression").asString("");
        if (!messageExpression.isEmpty() && messageExpression.isBlank()) {
            errors.add(FieldError.invalid(
                    path.child("messageExpression"), messageExpression, "must be non-empty if specified"));
        } else if (!messageExpression.isEmpty()) {
            ConditionRules.expression(
                    messageExpression,
                    text -> messages.compile(text, PolicyExpressions.text()),
                    path.child("messageExpression"),
                    errors);
        }
        String message = validation.path("message").asString("");
        if (!message.isEmpty() && message.isBlank()) {
            errors.add(FieldError.invalid(path.child("message"), message, "message must be non-empty if specified"));
        } else if (message.strip().indexOf('\n') >= 0 || message.strip().indexOf('\r') >= 0) {
            errors.add(FieldError.invalid(path.child("message"), message, "message must not contain line breaks"));
        }
        Values.oneOf(validation, "reason", path, REASONS, false, errors);
    }

    private static void annotation(
            String policy, JsonNode annotation, FieldPath path, CelCompiler compiler, List<FieldError> errors) {
        String key = annotation.path("key").asString("");
        if (policy.isEmpty()) {
            errors.add(FieldError.invalid(path.child("key"), key, "requires metadata.name be non-empty"));
        } else {
            String whole = policy + "/" + key;
            Names.qualifiedName(whole)
                    .forEach(fault -> errors.add(FieldError.invalid(path.child("key"), whole, fault)));
        }
        FieldPath at = path.child("valueExpression");
        String expression = annotation.path("valueExpression").asString("").strip();
        if (expression.isEmpty()) {
            errors.add(FieldError.required(at, "valueExpression is not specified"));
        } else if (expression.length() > MAX_ANNOTATION_EXPRESSION) {
            errors.add(
                    FieldError.required(at, "must not exceed %d bytes in length".formatted(MAX_ANNOTATION_EXPRESSION)));
        } else {
            ConditionRules.expression(
                    expression, text -> compiler.compile(text, PolicyExpressions.textOrNothing()), at, errors);
        }
    }

    private static void mutations(JsonNode spec, PolicyExpressions expressions, List<FieldError> errors) {
        JsonNode mutations = spec.path("mutations");
        if (mutations.isEmpty()) {
            errors.add(FieldError.required(SPEC.child("mutations"), "mutations must contain at least one item"));
        }
        Values.oneOf(spec, "reinvocationPolicy", SPEC, List.of("IfNeeded", "Never"), true, errors);
        CelCompiler compiler = expressions.mutations();
        for (int i = 0; i < mutations.size(); i++) {
            mutation(mutations.get(i), SPEC.child("mutations").index(i), compiler, errors);
        }
    }

    private static void mutation(JsonNode mutation, FieldPath path, CelCompiler compiler, List<FieldError> errors) {
        String type = mutation.path("patchType").asString("");
        boolean applies = type.equals("ApplyConfiguration");
        Values.oneOf(mutation, "patchType", path, List.of("ApplyConfiguration", "JSONPatch"), true, errors);
        if (!applies && !type.equals("JSONPatch")) {
            return;
        }
        String field = applies ? "applyConfiguration" : "jsonPatch";
        String other = applies ? "jsonPatch" : "applyConfiguration";
        if (mutation.path(other).isObject()) {
            errors.add(FieldError.invalid(
                    path.child(other), "{" + other + "}", "must not be specified when patchType is " + type));
        }
        JsonNode part = mutation.path(field);
        String expression = part.path("expression").asString("");
        if (!part.isObject()) {
            errors.add(FieldError.required(path.child(field), "must be specified when patchType is " + type));
        } else if (expression.isBlank()) {
            errors.add(FieldError.required(path.child(field, "expression"), "expression is not specified"));
        } else {
            ConditionRules.expression(
                    expression,
                    applies ? compiler::compileConfiguration : compiler::compilePatch,
                    path.child(field, "expression"),
                    errors);
        }
    }
}
