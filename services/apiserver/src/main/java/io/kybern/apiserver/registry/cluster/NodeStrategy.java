package io.kybern.apiserver.registry.cluster;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Nodes: what registers itself keeps the status that it brings. */
public final class NodeStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> EFFECTS = List.of("NoSchedule", "PreferNoSchedule", "NoExecute");
    private static final List<String> INFO = List.of(
            "machineID",
            "systemUUID",
            "bootID",
            "kernelVersion",
            "osImage",
            "containerRuntimeVersion",
            "kubeletVersion",
            "kubeProxyVersion",
            "operatingSystem",
            "architecture");

    /** The nodes of the API. */
    public NodeStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    public void prepareForCreate(ObjectNode node, RequestScope scope) {
        Absent.object(node, "spec");
        ObjectNode status = Absent.object(node, "status");
        ObjectNode endpoint = Absent.object(Absent.object(status, "daemonEndpoints"), "kubeletEndpoint");
        Absent.number(endpoint, "Port", 0);
        ObjectNode info = Absent.object(status, "nodeInfo");
        INFO.forEach(field -> Absent.text(info, field, ""));
    }

    @Override
    protected void validate(ObjectNode node, List<FieldError> errors) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode taint : node.path("spec").path("taints")) {
            FieldPath each = SPEC.child("taints").index(index++);
            String key = taint.path("key").asString("");
            Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(each.child("key"), key, fault)));
            String value = taint.path("value").asString("");
            Names.labelValue(value).forEach(fault -> errors.add(FieldError.invalid(each.child("value"), value, fault)));
            String effect = taint.path("effect").asString("");
            if (effect.isEmpty()) {
                errors.add(FieldError.required(each.child("effect"), ""));
            } else if (!EFFECTS.contains(effect)) {
                errors.add(FieldError.notSupported(each.child("effect"), effect, EFFECTS));
            }
            if (!seen.add(key + ":" + effect)) {
                errors.add(FieldError.duplicate(each, taint));
            }
        }
    }

    @Override
    protected void validateChange(ObjectNode node, ObjectNode old, List<FieldError> errors) {
        validate(node, errors);
        for (String once : List.of("podCIDR", "providerID")) {
            String before = old.path("spec").path(once).asString("");
            if (!before.isEmpty() && !before.equals(node.path("spec").path(once).asString(""))) {
                errors.add(FieldError.forbidden(
                        SPEC.child(once), "node updates may not change " + once + " except from \"\" to valid"));
            }
        }
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode node) {
        return Map.of(
                "metadata.name", KubeObject.name(node),
                "metadata.namespace", "",
                "spec.unschedulable",
                        String.valueOf(node.path("spec").path("unschedulable").asBoolean(false)));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "spec.unschedulable");
    }
}
