package io.kybern.apiserver.registry.services;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.ClaimPlan;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Services: their addresses and ports are theirs alone, and follow the type as it changes. */
public final class ServiceStrategy extends GenericStrategy {

    private static final int AFFINITY_SECONDS = 10800;

    private final ServiceClaims claims;

    ServiceStrategy(ResourceType type, TableShape table, ServiceClaims claims) {
        super(type, table, NameRule.LABEL_1035);
        this.claims = claims;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode service) {
        ObjectNode spec = Absent.object(service, "spec");
        Absent.text(spec, "sessionAffinity", "None");
        if (spec.path("sessionAffinity").asString("").equals("ClientIP")) {
            ObjectNode client = Absent.object(Absent.object(spec, "sessionAffinityConfig"), "clientIP");
            Absent.number(client, "timeoutSeconds", AFFINITY_SECONDS);
        } else {
            spec.remove("sessionAffinityConfig");
        }
        Absent.text(spec, "type", "ClusterIP");
        Absent.each(spec.path("ports"), port -> {
            Absent.text(port, "protocol", "TCP");
            JsonNode target = port.path("targetPort");
            boolean absent = target.isMissingNode()
                    || target.isNumber() && target.asLong() == 0
                    || target.isString() && target.asString().isEmpty();
            if (absent) {
                port.set("targetPort", port.path("port").deepCopy());
            }
        });
        addressDefaults(spec);
    }

    private static void addressDefaults(ObjectNode spec) {
        String type = spec.path("type").asString("");
        if (type.equals("ExternalName")) {
            return;
        }
        if (type.equals("NodePort") || type.equals("LoadBalancer")) {
            Absent.text(spec, "externalTrafficPolicy", "Cluster");
        }
        if (type.equals("LoadBalancer")) {
            Absent.flag(spec, "allocateLoadBalancerNodePorts", true);
        }
        Absent.text(spec, "internalTrafficPolicy", "Cluster");
        String first = spec.path("clusterIPs").path(0).asString("");
        String address = spec.path("clusterIP").asString("");
        if (address.isEmpty() && !first.isEmpty()) {
            spec.put("clusterIP", first);
        } else if (!address.isEmpty() && first.isEmpty()) {
            spec.putArray("clusterIPs").add(address);
        }
        Absent.text(spec, "ipFamilyPolicy", "SingleStack");
        if (spec.path("ipFamilies").isEmpty()) {
            spec.putArray("ipFamilies").add("IPv4");
        }
    }

    @Override
    protected void initialStatus(ObjectNode service) {
        service.putObject("status").putObject("loadBalancer");
    }

    @Override
    public void prepareForUpdate(ObjectNode service, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(service, old, scope);
        ObjectNode spec = Absent.object(service, "spec");
        JsonNode before = old.path("spec");
        String type = spec.path("type").asString("");
        String oldType = before.path("type").asString("");
        if (type.equals("ExternalName")) {
            if (!oldType.equals("ExternalName") && spec.path("clusterIP").equals(before.path("clusterIP"))) {
                for (String field : List.of("clusterIP", "clusterIPs")) {
                    spec.remove(field);
                }
            }
            for (String field : List.of(
                    "ipFamilies",
                    "ipFamilyPolicy",
                    "internalTrafficPolicy",
                    "externalTrafficPolicy",
                    "allocateLoadBalancerNodePorts")) {
                spec.remove(field);
            }
        } else if (spec.path("clusterIP").asString("").isEmpty() && !oldType.equals("ExternalName")) {
            // an update that does not name the address means the one that the Service has
            copy("clusterIP", before, spec);
            copy("clusterIPs", before, spec);
        } else if (!spec.path("clusterIP").equals(before.path("clusterIP"))
                && spec.path("clusterIPs").equals(before.path("clusterIPs"))) {
            // who changes the one field means both
            spec.putArray("clusterIPs").add(spec.path("clusterIP").asString(""));
        }
        nodePorts(spec, before, type, oldType);
    }

    private static void nodePorts(ObjectNode spec, JsonNode before, String type, String oldType) {
        boolean had = oldType.equals("NodePort") || oldType.equals("LoadBalancer");
        boolean has = type.equals("NodePort") || type.equals("LoadBalancer");
        Absent.each(spec.path("ports"), port -> {
            JsonNode earlier = earlier(port, before);
            long oldPort = earlier.path("nodePort").asLong(0);
            long now = port.path("nodePort").asLong(0);
            if (has && had && now == 0 && oldPort > 0) {
                port.put("nodePort", oldPort);
            } else if (!has && had && now == oldPort) {
                port.remove("nodePort");
            }
        });
        if (!has && had) {
            spec.remove("externalTrafficPolicy");
            spec.remove("healthCheckNodePort");
            spec.remove("allocateLoadBalancerNodePorts");
        } else if (type.equals("LoadBalancer") && !spec.has("healthCheckNodePort")) {
            copy("healthCheckNodePort", before, spec);
        }
    }

    private static JsonNode earlier(JsonNode port, JsonNode before) {
        for (JsonNode each : before.path("ports")) {
            if (each.path("port").equals(port.path("port"))
                    && each.path("protocol").equals(port.path("protocol"))) {
                return each;
            }
        }
        return before.path("none");
    }

    @Override
    protected void validate(ObjectNode service, List<FieldError> errors) {
        ServiceValidator.validate(service, claims.ranges(), errors);
    }

    @Override
    protected void validateChange(ObjectNode service, ObjectNode old, List<FieldError> errors) {
        validate(service, errors);
        ServiceValidator.validateChange(service, old, errors);
    }

    @Override
    public ClaimPlan claims(ObjectNode service, @Nullable ObjectNode old) {
        return new ServiceClaimPlan(claims, service, old);
    }

    @Override
    public ClaimPlan released(ObjectNode lastState) {
        return ServiceClaimPlan.release(claims, lastState);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode service) {
        return Map.of(
                "metadata.name", KubeObject.name(service),
                "metadata.namespace", KubeObject.namespace(service),
                "spec.clusterIP", service.path("spec").path("clusterIP").asString(""),
                "spec.type", service.path("spec").path("type").asString(""));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type");
    }
}
