package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The entries of {@code metadata.managedFields}: who owns which fields, since when. Changed in place. */
final class ManagedFields {

    static final String APPLY = "Apply";
    static final String UPDATE = "Update";
    private static final int MAX_UPDATE_ENTRIES = 10;
    private static final String OLD_UPDATES = "ancient-changes";

    /**
     * Who did something. An applier is one whatever version it used.
     *
     * @param manager the name
     * @param operation Apply or Update
     * @param apiVersion empty for an applier
     * @param subresource empty for the object itself
     */
    record Owner(String manager, String operation, String apiVersion, String subresource) implements Comparable<Owner> {

        private static final Comparator<Owner> ORDER = Comparator.comparing(Owner::manager)
                .thenComparing(Owner::operation)
                .thenComparing(Owner::apiVersion)
                .thenComparing(Owner::subresource);

        static Owner applier(String manager, String subresource) {
            return new Owner(manager, APPLY, "", subresource);
        }

        @Override
        public int compareTo(Owner other) {
            return ORDER.compare(this, other);
        }

        /** As conflicts name it. */
        String shown() {
            String name = Json.string(JsonNodeFactory.instance.stringNode(manager));
            String part = subresource.isEmpty() ? "" : " with subresource \"" + subresource + "\"";
            return name + part + (operation.equals(UPDATE) ? " using " + apiVersion : "");
        }
    }

    /**
     * What an owner owns.
     *
     * @param apiVersion in which version the fields are named
     * @param fields the fields
     * @param time since when; null if unknown
     */
    record Entry(
            String apiVersion, FieldSet fields, @Nullable Instant time) {}

    private final Map<Owner, Entry> entries = new HashMap<>();

    /** Reads the entries of an object; what cannot be read counts as none at all. */
    static ManagedFields of(JsonNode object) {
        ManagedFields managed = new ManagedFields();
        try {
            for (JsonNode entry : object.path("metadata").path("managedFields")) {
                managed.read(entry);
            }
            return managed;
        } catch (IllegalArgumentException | DateTimeException e) {
            return new ManagedFields();
        }
    }

    private void read(JsonNode entry) {
        String operation = entry.path("operation").asString("");
        String apiVersion = entry.path("apiVersion").asString("");
        boolean readable = (operation.equals(APPLY) || operation.equals(UPDATE))
                && !apiVersion.isEmpty()
                && entry.path("fieldsType").asString("").equals("FieldsV1");
        if (!readable) {
            throw new IllegalArgumentException("not an entry of managed fields");
        }
        Owner owner = new Owner(
                entry.path("manager").asString(""),
                operation,
                operation.equals(APPLY) ? "" : apiVersion,
                entry.path("subresource").asString(""));
        String time = entry.path("time").asString("");
        entries.put(
                owner,
                new Entry(
                        apiVersion, FieldSet.of(entry.path("fieldsV1")), time.isEmpty() ? null : Instant.parse(time)));
    }

    /** Writes the entries into an object; none leave no field. */
    void writeTo(ObjectNode object) {
        ObjectNode metadata = KubeObject.metadata(object);
        metadata.remove("managedFields");
        if (entries.isEmpty()) {
            return;
        }
        ArrayNode list = metadata.putArray("managedFields");
        entries.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<Owner, Entry> each) -> each.getKey().operation())
                        .thenComparing(each -> seconds(each.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .forEach(each -> {
                    Owner owner = each.getKey();
                    Entry entry = each.getValue();
                    ObjectNode node = list.addObject()
                            .put("manager", owner.manager())
                            .put("operation", owner.operation())
                            .put("apiVersion", entry.apiVersion());
                    if (entry.time() != null) {
                        node.put(
                                "time",
                                entry.time().truncatedTo(ChronoUnit.SECONDS).toString());
                    }
                    node.put("fieldsType", "FieldsV1");
                    node.set("fieldsV1", entry.fields().toJson());
                    if (!owner.subresource().isEmpty()) {
                        node.put("subresource", owner.subresource());
                    }
                });
    }

    private static long seconds(Entry entry) {
        return entry.time() == null ? 0 : entry.time().getEpochSecond();
    }

    Map<Owner, Entry> entries() {
        return entries;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Sets what an owner owns; nothing ends its entry. */
    void put(Owner owner, Entry entry) {
        if (entry.fields().isEmpty()) {
            entries.remove(owner);
        } else {
            entries.put(owner, entry);
        }
    }

    /** Merges the oldest entries of updates into one per version, so that there are not too many. */
    void limitUpdates() {
        List<Owner> updates = entries.keySet().stream()
                .filter(owner -> owner.operation().equals(UPDATE))
                .sorted(Comparator.comparing((Owner owner) -> seconds(Objects.requireNonNull(entries.get(owner))))
                        .thenComparing(owner -> owner))
                .toList();
        int count = updates.size();
        Map<String, Owner> first = new HashMap<>();
        for (Owner owner : updates) {
            Entry entry = Objects.requireNonNull(entries.get(owner));
            Owner earlier = count > MAX_UPDATE_ENTRIES ? first.putIfAbsent(entry.apiVersion(), owner) : null;
            if (earlier != null) {
                Owner bucket = new Owner(OLD_UPDATES, UPDATE, entry.apiVersion(), "");
                Entry kept = Objects.requireNonNull(entries.remove(entries.containsKey(bucket) ? bucket : earlier));
                entries.remove(owner);
                entries.put(bucket, new Entry(entry.apiVersion(), kept.fields().union(entry.fields()), entry.time()));
                count--;
            }
        }
    }
}
