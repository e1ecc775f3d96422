package io.kybern.apiserver.flowcontrol;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says in the status of each FlowSchema whether its priority level exists. */
public final class DanglingSchemas implements Consumer<List<JsonNode>> {

    private static final Logger log = LoggerFactory.getLogger(DanglingSchemas.class);
    private static final String CONDITION = "Dangling";

    private final ObjectStore store;
    private final ResourceType type;
    private final Clock clock;

    /** Writes past the request path. */
    public DanglingSchemas(ObjectStore store, ResourceRegistry registry, Clock clock) {
        this.store = store;
        this.type = registry.require("flowcontrol.apiserver.k8s.io", "v1", "flowschemas");
        this.clock = clock;
    }

    @Override
    public void accept(List<JsonNode> objects) {
        Set<String> levels = new HashSet<>();
        objects.stream()
                .filter(each -> each.path("kind").asString("").equals("PriorityLevelConfiguration"))
                .forEach(each -> levels.add(KubeObject.name(each)));
        objects.stream()
                .filter(each -> each.path("kind").asString("").equals("FlowSchema"))
                .forEach(each -> mend(each, levels));
    }

    private void mend(JsonNode known, Set<String> levels) {
        String level = known.path("spec")
                .path("priorityLevelConfiguration")
                .path("name")
                .asString("");
        String wanted = levels.contains(level) ? "False" : "True";
        if (status(known).equals(wanted)) {
            return;
        }
        ObjectKey key = ObjectKey.clusterScoped(KubeObject.name(known));
        try {
            store.get(type, key).join().ifPresent(stored -> {
                ObjectNode schema = stored.tree();
                // what is known of it may be older than what was written a moment ago
                if (!status(schema).equals(wanted)) {
                    write(schema, wanted, level);
                    store.update(type, key, stored.revision(), schema).join();
                }
            });
        } catch (CompletionException e) {
            // another API server or a client was faster; what they wrote comes by here too
            log.atDebug()
                    .addKeyValue("flowSchema", key.name())
                    .addKeyValue("why", StorageException.of(e).getMessage())
                    .log("The status of a flow schema could not be written");
        }
    }

    private static String status(JsonNode schema) {
        for (JsonNode condition : schema.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals(CONDITION)) {
                return condition.path("status").asString("");
            }
        }
        return "";
    }

    private void write(ObjectNode schema, String wanted, String level) {
        ObjectNode status = Absent.object(schema, "status");
        ArrayNode conditions =
                status.get("conditions") instanceof ArrayNode present ? present : status.putArray("conditions");
        conditions.removeIf(each -> each.path("type").asString("").equals(CONDITION));
        boolean found = wanted.equals("False");
        conditions
                .addObject()
                .put("type", CONDITION)
                .put("status", wanted)
                .put(
                        "lastTransitionTime",
                        clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("reason", found ? "Found" : "NotFound")
                .put(
                        "message",
                        "This FlowSchema references the PriorityLevelConfiguration object named \"%s\" %s"
                                .formatted(level, found ? "and it exists" : "but there is no such object"));
    }
}
