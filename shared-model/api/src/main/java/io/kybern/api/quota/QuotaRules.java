package io.kybern.api.quota;

import io.kybern.api.GroupResource;
import io.kybern.api.Quantity;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * What objects of one type count for in a quota; see "Resource Quotas" in the Kubernetes documentation. Pure: objects and quotas
 * are read and never changed.
 *
 * @param type the type
 */
public record QuotaRules(GroupResource type) {

    private static final String COUNT = "count/";
    private static final String STORAGE_CLASS = ".storageclass.storage.k8s.io/";
    private static final String CLAIMS = "persistentvolumeclaims";
    private static final String STORAGE = "requests.storage";

    /** Types whose number has had a name of its own before every type had {@code count/}. */
    private static final Set<String> NAMED =
            Set.of("configmaps", "resourcequotas", "replicationcontrollers", "secrets", "services", CLAIMS);

    /** Whether creating is all that this type can add by; services and claims can grow. */
    public boolean canGrow() {
        return type.group().isEmpty()
                && (type.resource().equals("services") || type.resource().equals(CLAIMS));
    }

    /** Whether this is the type of pods: the only one that scopes know, and that must say what it needs. */
    public boolean isPods() {
        return type.equals(new GroupResource("", "pods"));
    }

    /** Those of a quota's resources that objects of this type can count for. */
    public Set<String> covered(Set<String> resources) {
        Set<String> covered = new TreeSet<>(resources);
        covered.removeIf(name -> !covers(name));
        return covered;
    }

    private boolean covers(String name) {
        if (name.equals(COUNT + type)) {
            return true;
        }
        if (!type.group().isEmpty()) {
            return false;
        }
        return switch (type.resource()) {
            case "pods" -> PodAmounts.covers(name);
            case "services" ->
                name.equals("services") || name.equals("services.nodeports") || name.equals("services.loadbalancers");
            case CLAIMS ->
                name.equals(CLAIMS)
                        || name.equals(STORAGE)
                        || name.endsWith(STORAGE_CLASS + CLAIMS)
                        || name.endsWith(STORAGE_CLASS + STORAGE);
            default -> NAMED.contains(name) && name.equals(type.resource());
        };
    }

    /** What the object counts for at this moment. */
    public Amounts usage(JsonNode object, Instant now) {
        if (isPods()) {
            return PodAmounts.of(object, now);
        }
        TreeMap<String, Quantity> amounts = new TreeMap<>();
        amounts.put(COUNT + type, Quantity.of(1));
        if (type.group().isEmpty() && NAMED.contains(type.resource())) {
            amounts.put(type.resource(), Quantity.of(1));
            if (type.resource().equals("services")) {
                ofService(object.path("spec"), amounts);
            } else if (type.resource().equals(CLAIMS)) {
                ofClaim(object, amounts);
            }
        }
        return Amounts.of(amounts);
    }

    private static void ofService(JsonNode spec, Map<String, Quantity> amounts) {
        String type = spec.path("type").asString("");
        int ports = spec.path("ports").size();
        if (type.equals("NodePort")) {
            amounts.put("services.nodeports", Quantity.of(ports));
        } else if (type.equals("LoadBalancer")) {
            int taken = ports;
            if (!spec.path("allocateLoadBalancerNodePorts").asBoolean(true)) {
                taken = 0;
                for (JsonNode port : spec.path("ports")) {
                    taken += port.path("nodePort").asInt(0) == 0 ? 0 : 1;
                }
            }
            amounts.put("services.nodeports", Quantity.of(taken));
            amounts.put("services.loadbalancers", Quantity.of(1));
        }
    }

    private static void ofClaim(JsonNode claim, Map<String, Quantity> amounts) {
        Amounts asked = Amounts.read(claim.path("spec").path("resources").path("requests"));
        Amounts given = Amounts.read(claim.path("status").path("allocatedResources"));
        Quantity size =
                asked.only(Set.of("storage")).max(given.only(Set.of("storage"))).get("storage");
        amounts.put(STORAGE, size);
        String storageClass = claim.path("metadata")
                .path("annotations")
                .path("volume.beta.kubernetes.io/storage-class")
                .asString(claim.path("spec").path("storageClassName").asString(""));
        if (!storageClass.isEmpty()) {
            amounts.put(storageClass + STORAGE_CLASS + CLAIMS, Quantity.of(1));
            amounts.put(storageClass + STORAGE_CLASS + STORAGE, size);
        }
    }

    /** Whether the quota's scopes let the object count. Only pods are in any scope. */
    public boolean inScope(JsonNode quotaSpec, JsonNode object) {
        return QuotaScope.of(quotaSpec).stream().allMatch(scope -> isPods() && scope.matches(object));
    }

    /** What the object should have said of the resources that a quota limits: {@code cpu for: c; memory for: c}; empty if nothing. */
    public String missing(JsonNode object, Set<String> limited) {
        return isPods() ? PodAmounts.missing(object, limited) : "";
    }
}
