package io.kybern.apiserver.aggregation;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Writes into the status of APIServices what was found. */
final class AvailabilityWriter {

    private final ObjectStore store;
    private final ResourceType apiServices;
    private final Clock clock;

    AvailabilityWriter(ObjectStore store, ResourceRegistry registry, Clock clock) {
        this.store = store;
        this.apiServices = registry.require("apiregistration.k8s.io", "v1", "apiservices");
        this.clock = clock;
    }

    /** Sets the condition; writes nothing if it says the same already. */
    void write(RemoteApi api, Availability found) {
        ObjectKey key = ObjectKey.clusterScoped(api.name());
        Optional<StoredObject> stored = store.get(apiServices, key).join();
        if (stored.isEmpty()) {
            return;
        }
        ObjectNode object = stored.get().tree();
        boolean ours = RemoteApi.isRemote(object) && !KubeObject.isBeingDeleted(object);
        if (ours && Conditions.set(object, found.condition(), clock.instant())) {
            store.update(apiServices, key, stored.get().revision(), object).join();
        }
    }
}
