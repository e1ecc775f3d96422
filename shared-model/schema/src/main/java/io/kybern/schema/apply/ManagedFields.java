package io.kybern.schema.apply;

import io.kybern.api.KubeObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The entries of {@code metadata.managedFields}: who owns which fields, since when. Changed in place. */
final class ManagedFields {

    static final String FIELD = "managedFields";

    private static final int MAX_UPDATE_ENTRIES = 10;
    private static final String OLD_UPDATES = "ancient-changes";

    private static final Comparator<Ownership> BY_TIME =
            Comparator.comparing(Ownership::time).thenComparing(Ownership::owner);
    private static final Comparator<Ownership> WRITTEN =
            Comparator.comparing((Ownership each) -> each.owner().operation()).thenComparing(BY_TIME);

    private final Map<Owner, Ownership> entries = new LinkedHashMap<>();
    private @Nullable JsonNode unchanged;

    /** Reads the entries that the server wrote. */
    static ManagedFields of(JsonNode object) {
        ManagedFields managed = new ManagedFields();
        JsonNode list = object.path("metadata").path(FIELD);
        for (JsonNode each : list) {
            Ownership ownership = Ownership.read(each);
            managed.entries.put(ownership.owner(), ownership);
        }
        managed.unchanged = list;
        return managed;
    }

    /** Reads the entries that a client wrote; null if they cannot be read. */
    static @Nullable ManagedFields sent(JsonNode list) {
        ManagedFields managed = new ManagedFields();
        try {
            for (JsonNode each : list) {
                Ownership sent = Ownership.read(each);
                // in normal form from here on
                managed.entries.put(sent.owner(), sent.with(sent.fields()));
            }
            return managed;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Writes the entries into an object; none leave no field. */
    void writeTo(ObjectNode object) {
        ObjectNode metadata = KubeObject.metadata(object);
        if (entries.isEmpty()) {
            metadata.remove(FIELD);
        } else if (unchanged != null) {
            metadata.set(FIELD, unchanged);
        } else {
            ArrayNode list = metadata.putArray(FIELD);
            entries.values().stream().sorted(WRITTEN).forEach(each -> list.add(each.toJson()));
        }
    }

    /** A time as entries have it: whole seconds. */
    static String timestamp(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Collection<Ownership> all() {
        return entries.values();
    }

    @Nullable
    Ownership get(Owner owner) {
        return entries.get(owner);
    }

    /** Sets what an owner owns; nothing ends its entry. */
    void put(Ownership ownership) {
        unchanged = null;
        if (ownership.fields().isEmpty()) {
            entries.remove(ownership.owner());
        } else {
            entries.put(ownership.owner(), ownership);
        }
    }

    /**
     * Takes fields from all owners but one. Who named them in a version that is gone owns nothing any more.
     *
     * @param part which of the changes
     */
    void takeFromOthers(Changes changes, Function<Comparison, FieldSet> part, @Nullable Owner self) {
        for (Ownership each : List.copyOf(entries.values())) {
            if (each.owner().equals(self)) {
                continue;
            }
            Optional<FieldSet> fields = changes.in(each.apiVersion()).map(part);
            if (fields.isEmpty()) {
                unchanged = null;
                entries.remove(each.owner());
            } else if (each.meets(fields.get())) {
                put(each.with(each.fields().difference(fields.get())));
            }
        }
    }

    /** Merges the oldest entries of updates into one per version, so that there are not too many. */
    void limitUpdates() {
        if (unchanged != null || entries.size() <= MAX_UPDATE_ENTRIES) {
            return;
        }
        List<Ownership> updates = entries.values().stream()
                .filter(each -> !each.owner().applies())
                .sorted(BY_TIME)
                .toList();
        int count = updates.size();
        Map<String, Owner> first = new HashMap<>();
        for (Ownership each : updates) {
            Owner earlier = count > MAX_UPDATE_ENTRIES ? first.putIfAbsent(each.apiVersion(), each.owner()) : null;
            if (earlier != null) {
                Owner bucket = new Owner(OLD_UPDATES, Owner.UPDATE, each.apiVersion(), "");
                Ownership kept = Objects.requireNonNull(entries.remove(entries.containsKey(bucket) ? bucket : earlier));
                entries.remove(each.owner());
                FieldSet merged = kept.fields().union(each.fields());
                // the later time of the two
                entries.put(bucket, Ownership.of(bucket, each.apiVersion(), merged, each.time()));
                count--;
            }
        }
    }
}
