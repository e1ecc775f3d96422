package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.get;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Configuration, identity, storage claims and events, as {@code kubectl get} shows them. */
final class CoreCells {

    private CoreCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put(
                "/api/v1/configmaps",
                Map.of(
                        "Data",
                        Cell.number(o -> (long) o.path("data").size()
                                + o.path("binaryData").size())));
        all.put("/api/v1/secrets", Map.of("Type", Cell.at("type"), "Data", Cell.sizeOf("data")));
        all.put("/api/v1/serviceaccounts", Map.of("Secrets", Cell.sizeOf("secrets")));
        all.put("/apis/coordination.k8s.io/v1/leases", Map.of("Holder", Cell.at("spec.holderIdentity")));
        all.put("/api/v1/events", events("lastTimestamp", "firstTimestamp", "count", "involvedObject", "message"));
        all.put(
                "/apis/events.k8s.io/v1/events",
                events("deprecatedLastTimestamp", "deprecatedFirstTimestamp", "deprecatedCount", "regarding", "note"));
        all.put(
                "/api/v1/resourcequotas",
                Map.of("Request", Cell.text(o -> quota(o, false)), "Limit", Cell.text(o -> quota(o, true))));
        all.put("/api/v1/persistentvolumeclaims", claims());
        return all;
    }

    /** A resource's name as messages have it, from a reference with a kind: {@code deployment.apps}. */
    static String resource(JsonNode reference) {
        String version = reference.path("apiVersion").asString("");
        String kind = reference.path("kind").asString("").toLowerCase(Locale.ROOT);
        int slash = version.indexOf('/');
        return slash < 0 ? kind : kind + "." + version.substring(0, slash);
    }

    private static Map<String, Cell> events(String last, String first, String count, String regarding, String message) {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Last Seen", (event, now) -> JsonNodeFactory.instance.stringNode(lastSeen(event, last, first, now)));
        cells.put(
                "First Seen",
                (event, now) -> JsonNodeFactory.instance.stringNode(
                        HumanDuration.since(firstOf(event, first, "eventTime"), now)));
        cells.put("Type", Cell.at("type"));
        cells.put("Reason", Cell.at("reason"));
        cells.put(
                "Object",
                Cell.text(
                        event -> event.path(regarding).path("kind").asString("").toLowerCase(Locale.ROOT) + "/"
                                + event.path(regarding).path("name").asString("")));
        cells.put("Subobject", Cell.at(regarding + ".fieldPath"));
        cells.put("Source", Cell.text(CoreCells::source));
        cells.put("Message", Cell.text(event -> event.path(message).asString("").strip()));
        cells.put("Count", Cell.number(event -> get(event, "series.count")
                .asLong(Math.max(event.path(count).asLong(0), 1))));
        return cells;
    }

    private static JsonNode firstOf(JsonNode event, String... fields) {
        for (String field : fields) {
            if (!event.path(field).asString("").isEmpty()) {
                return event.path(field);
            }
        }
        return event.path("none");
    }

    private static String lastSeen(JsonNode event, String last, String first, Instant now) {
        JsonNode series = get(event, "series.lastObservedTime");
        return HumanDuration.since(series.isMissingNode() ? firstOf(event, last, first, "eventTime") : series, now);
    }

    private static String source(JsonNode event) {
        JsonNode source = event.has("source") ? event.path("source") : event.path("deprecatedSource");
        String component = source.path("component")
                .asString(event.path("reportingComponent")
                        .asString(event.path("reportingController").asString("")));
        String host = source.path("host").asString("");
        return host.isEmpty() ? component : component + ", " + host;
    }

    private static String quota(JsonNode quota, boolean limits) {
        List<String> parts = new ArrayList<>();
        get(quota, "status.hard").properties().forEach(entry -> {
            if (entry.getKey().startsWith("limits.") == limits) {
                parts.add("%s: %s/%s"
                        .formatted(
                                entry.getKey(),
                                get(quota, "status.used").path(entry.getKey()).asString("0"),
                                entry.getValue().asString("")));
            }
        });
        parts.sort(null);
        return String.join(", ", parts);
    }

    private static Map<String, Cell> claims() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put(
                "Status",
                Cell.text(claim -> get(claim, "metadata.deletionTimestamp").isMissingNode()
                        ? get(claim, "status.phase").asString("")
                        : "Terminating"));
        cells.put("Volume", Cell.at("spec.volumeName"));
        cells.put("Capacity", Cell.at("status.capacity.storage"));
        cells.put("Access Modes", Cell.text(claim -> accessModes(get(claim, "status.accessModes"))));
        cells.put("StorageClass", Cell.at("spec.storageClassName"));
        cells.put("VolumeAttributesClass", Cell.at("spec.volumeAttributesClassName", Cell.UNSET));
        cells.put("VolumeMode", Cell.at("spec.volumeMode", Cell.UNSET));
        return cells;
    }

    /** Access modes in their short forms, in Kubernetes' order. */
    static String accessModes(JsonNode modes) {
        List<String> given = new ArrayList<>();
        modes.forEach(mode -> given.add(mode.asString("")));
        List<String> shown = new ArrayList<>();
        Map<String, String> known = Map.of(
                "ReadWriteOnce", "RWO", "ReadOnlyMany", "ROX", "ReadWriteMany", "RWX", "ReadWriteOncePod", "RWOP");
        for (String mode : List.of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")) {
            if (given.contains(mode)) {
                shown.add(known.getOrDefault(mode, mode));
            }
        }
        return String.join(",", shown);
    }
}
