package io.kybern.apiserver;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the component statuses, under the names that Kubernetes gives them: {@code etcd-0} is the store, {@code scheduler} the
 * scheduler, and {@code controller-manager} all the controllers that a cluster cannot do without. A component lives if it renews its
 * lease in time.
 */
final class ComponentHealth {

    private static final List<String> CONTROLLERS = List.of(
            "deployment-controller",
            "endpoint-controller",
            "lifecycle-controller",
            "node-controller",
            "replication-controller",
            "workload-controller");

    private final PublishedObjects objects;
    private final ObjectStore store;
    private final ObjectLookup known;
    private final Clock clock;
    private final ResourceType statuses;
    private final ResourceType leases;

    ComponentHealth(
            PublishedObjects objects, ObjectStore store, ObjectLookup known, ResourceRegistry registry, Clock clock) {
        this.objects = objects;
        this.store = store;
        this.known = known;
        this.clock = clock;
        this.statuses = registry.require("", "v1", "componentstatuses");
        this.leases = registry.require("coordination.k8s.io", "v1", "leases");
    }

    /** Brings them up to date. */
    void publish() {
        publish("controller-manager", CONTROLLERS);
        publish("scheduler", List.of("scheduler"));
        // what is written down has reached the store
        publish("etcd-0", List.of());
    }

    private void publish(String name, List<String> members) {
        List<String> silent = new ArrayList<>();
        for (String member : members) {
            if (!lives(member)) {
                silent.add(member);
            }
        }
        ObjectNode status = objects.object(statuses, "", name);
        ObjectNode condition = status.putArray("conditions").addObject().put("type", "Healthy");
        if (silent.isEmpty()) {
            condition.put("status", "True").put("message", "ok");
        } else {
            condition
                    .put("status", "False")
                    .put("message", "no lease is held in time by: " + String.join(", ", silent));
        }
        objects.ensure(statuses, status, "conditions");
    }

    /** The cache is believed when it shows life; before somebody is called silent the store is asked. */
    private boolean lives(String member) {
        ObjectKey key = new ObjectKey("kube-system", member);
        return known.find(leases.storage(), key).filter(this::isHeld).isPresent()
                || store.get(leases, key)
                        .join()
                        .map(StoredObject::tree)
                        .filter(this::isHeld)
                        .isPresent();
    }

    private boolean isHeld(JsonNode lease) {
        JsonNode spec = lease.path("spec");
        String renewed = spec.path("renewTime").asString("");
        return !spec.path("holderIdentity").asString("").isEmpty()
                && !renewed.isEmpty()
                && Instant.parse(renewed)
                        .plusSeconds(spec.path("leaseDurationSeconds").asLong(0))
                        .isAfter(clock.instant());
    }
}
