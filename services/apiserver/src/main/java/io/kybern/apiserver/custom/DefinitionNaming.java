package io.kybern.apiserver.custom;

import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.registry.extensions.Conditions.Condition;
import io.kybern.schema.structural.StructuralRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides what a definition's status should say: which of the wanted names it has, whether it is established, what speaks against its
 * schema. A name belongs to the definition that has it in its status, whatever others want.
 */
final class DefinitionNaming {

    private static final String APPROVAL = "api-approved.kubernetes.io";

    private final ObjectNode definition;
    private final Instant now;
    private final Set<String> usedResources = new HashSet<>();
    private final Set<String> usedKinds = new HashSet<>();

    /**
     * @param definition changed in place
     * @param all every definition that there is
     */
    DefinitionNaming(ObjectNode definition, Collection<? extends JsonNode> all, Instant now) {
        this.definition = definition;
        this.now = now;
        String group = definition.path("spec").path("group").asString("");
        for (JsonNode other : all) {
            boolean self = KubeObject.name(other).equals(KubeObject.name(definition));
            if (!self && other.path("spec").path("group").asString("").equals(group)) {
                JsonNode names = other.path("status").path("acceptedNames");
                usedResources.add(names.path("plural").asString(""));
                usedResources.add(names.path("singular").asString(""));
                names.path("shortNames").forEach(each -> usedResources.add(each.asString("")));
                usedKinds.add(names.path("kind").asString(""));
                usedKinds.add(names.path("listKind").asString(""));
            }
        }
    }

    /** Brings the status up to date; answers whether anything changed. */
    boolean update() {
        boolean changed = names();
        changed |= nonStructural();
        changed |= approval();
        if (Conditions.isTrue(definition, "NamesAccepted") && !Conditions.isTrue(definition, "Established")) {
            changed |= Conditions.set(
                    definition,
                    new Condition(
                            "Established", "True", "InitialNamesAccepted", "the initial names have been accepted"),
                    now);
        }
        return changed;
    }

    private boolean names() {
        JsonNode wanted = definition.path("spec").path("names");
        JsonNode before = definition.path("status").path("acceptedNames");
        if (Values.same(wanted, before)
                && Conditions.find(definition, "NamesAccepted").isObject()) {
            return false;
        }
        ObjectNode accepted = before.isObject() ? (ObjectNode) before.deepCopy() : definition.objectNode();
        Condition condition = new Condition("NamesAccepted", "True", "NoConflicts", "no conflicts found");
        condition = single("plural", "PluralConflict", usedResources, wanted, accepted, condition);
        condition = single("singular", "SingularConflict", usedResources, wanted, accepted, condition);
        condition = shortNames(wanted, accepted, condition);
        condition = single("kind", "KindConflict", usedKinds, wanted, accepted, condition);
        condition = single("listKind", "ListKindConflict", usedKinds, wanted, accepted, condition);
        take("categories", wanted, accepted);
        boolean changed = !Values.same(accepted, before);
        Absent.object(definition, "status").set("acceptedNames", accepted);
        changed |= Conditions.set(definition, condition, now);
        if (!Conditions.isTrue(definition, "Established") && !condition.status().equals("True")) {
            changed |= Conditions.set(
                    definition,
                    new Condition("Established", "False", "NotAccepted", "not all names are accepted"),
                    now);
        }
        return changed;
    }

    private static Condition single(
            String field, String reason, Set<String> used, JsonNode wanted, ObjectNode accepted, Condition condition) {
        String name = wanted.path(field).asString("");
        if (!name.equals(accepted.path(field).asString("")) && used.contains(name)) {
            return conflict(reason, inUse(name));
        }
        take(field, wanted, accepted);
        return condition;
    }

    private static void take(String field, JsonNode wanted, ObjectNode accepted) {
        if (wanted.has(field)) {
            accepted.set(field, wanted.get(field).deepCopy());
        } else {
            accepted.remove(field);
        }
    }

    private Condition shortNames(JsonNode wanted, ObjectNode accepted, Condition condition) {
        Set<String> own = new HashSet<>();
        accepted.path("shortNames").forEach(each -> own.add(each.asString("")));
        List<String> faults = new ArrayList<>();
        for (JsonNode each : wanted.path("shortNames")) {
            String name = each.asString("");
            if (!own.contains(name) && usedResources.contains(name)) {
                faults.add(inUse(name));
            }
        }
        if (faults.isEmpty()) {
            take("shortNames", wanted, accepted);
            return condition;
        }
        return conflict("ShortNamesConflict", aggregate(faults));
    }

    private static String inUse(String name) {
        return "\"" + name + "\" is already in use";
    }

    private static Condition conflict(String reason, String message) {
        return new Condition("NamesAccepted", "False", reason, message);
    }

    private static String aggregate(List<String> messages) {
        return messages.size() == 1 ? messages.getFirst() : "[" + String.join(", ", messages) + "]";
    }

    private boolean nonStructural() {
        List<FieldError> errors = new ArrayList<>();
        JsonNode spec = definition.path("spec");
        if (spec.path("preserveUnknownFields").asBoolean(false)) {
            errors.add(FieldError.invalid(FieldPath.of("spec", "preserveUnknownFields"), true, "must be false"));
        }
        for (int i = 0; i < spec.path("versions").size(); i++) {
            JsonNode schema = spec.path("versions").get(i).path("schema").path("openAPIV3Schema");
            if (schema.isObject()) {
                FieldPath path = FieldPath.of("spec", "versions")
                        .index(i)
                        .child("schema")
                        .child("openAPIV3Schema");
                errors.addAll(StructuralRules.validate(schema, path));
            }
        }
        if (errors.isEmpty()) {
            return Conditions.remove(definition, "NonStructuralSchema");
        }
        String message =
                aggregate(errors.stream().map(FieldError::message).distinct().collect(Collectors.toList()));
        return Conditions.set(definition, new Condition("NonStructuralSchema", "True", "Violations", message), now);
    }

    private boolean approval() {
        String group = definition.path("spec").path("group").asString("");
        boolean guarded = List.of("k8s.io", "kubernetes.io").stream()
                .anyMatch(each -> group.equals(each) || group.endsWith("." + each));
        if (!guarded) {
            return false;
        }
        String annotation = KubeObject.annotations(definition).getOrDefault(APPROVAL, "");
        String type = "KubernetesAPIApprovalPolicyConformant";
        Condition condition;
        if (annotation.isEmpty()) {
            condition = new Condition(
                    type,
                    "False",
                    "MissingAnnotation",
                    "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111");
        } else if (annotation.startsWith("unapproved")) {
            condition = new Condition(type, "False", "UnapprovedAnnotation", "not approved: \"" + annotation + "\"");
        } else {
            condition = new Condition(type, "True", "ApprovedAnnotation", "approved in " + annotation);
        }
        return Conditions.set(definition, condition, now);
    }
}
