package io.kybern.schema.apply;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.schema.Schema;
import io.kybern.schema.apply.ManagedFields.Entry;
import io.kybern.schema.apply.ManagedFields.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Server-side apply. Goals: an owner's configuration takes effect where nobody else owns the field, or where force is used;
 * what an owner no longer applies goes away unless somebody else owns it. Algorithm: lay the configuration over the live
 * object; take away what this owner applied last time, does not apply now and nobody owns; whatever differs from the live
 * object and is owned by others is a conflict. Owners whose entries name fields of another version of the type keep them.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">server-side apply</a>
 */
public final class ServerSideApply {

    private static final String BEFORE_FIRST_APPLY = "before-first-apply";
    private static final FieldSet NEVER_OWNED = FieldSet.of(
            Json.read(
                    "{\"f:apiVersion\":{},\"f:kind\":{},"
                            + "\"f:metadata\":{\".\":{},\"f:name\":{},\"f:namespace\":{},\"f:creationTimestamp\":{},\"f:selfLink\":{},"
                            + "\"f:uid\":{},\"f:clusterName\":{},\"f:generation\":{},\"f:managedFields\":{},\"f:resourceVersion\":{}}}"));

    private ServerSideApply() {}

    /**
     * Answers the live object with the configuration applied and {@code managedFields} brought up to date. It is neither
     * decoded nor defaulted: a caller does both.
     *
     * @param live what there is; null if the object is to be created; not changed
     * @param config what the owner wants; not changed
     * @param force whether fields of other owners are taken over
     * @throws ApiException 409 with a cause for each conflict; 400 if the configuration does not fit the schema
     */
    public static ObjectNode apply(
            @Nullable ObjectNode live, ObjectNode config, FieldManager manager, boolean force, Schema schema) {
        check(live, config, schema);
        ObjectNode before = live == null ? Json.object() : withoutManagedFields(live);
        ManagedFields managed = live == null ? new ManagedFields() : ManagedFields.of(live);
        String version = config.path("apiVersion").asString("");
        if (managed.isEmpty() && live != null) {
            FieldManager first = new FieldManager(BEFORE_FIRST_APPLY, "", manager.now(), manager.ignoredFields());
            track(Json.object(), before, managed, first, version, schema);
        }
        Owner owner = Owner.applier(manager.name(), manager.subresource());
        Entry last = managed.entries().get(owner);
        FieldSet wanted = TypedMerge.fields(config, schema);
        for (String ignored : manager.ignoredFields()) {
            wanted = wanted.without(ignored);
        }
        ObjectNode after = (ObjectNode) TypedMerge.merge(before, config, schema);
        if (last != null && last.apiVersion().equals(version)) {
            after = prune(after, last.fields(), ownedBesides(managed, owner).union(wanted), schema);
        }
        Comparison changes = compare(before, after, manager, schema);
        FieldSet yielded = manager.name().equals(LastApplied.MANAGER) && live != null
                ? LastApplied.unchangedFields(live, version, schema)
                : new FieldSet();
        settle(changes, managed, owner, version, force ? null : yielded);
        boolean changed = !TypedMerge.same(before, after);
        managed.put(
                owner,
                new Entry(
                        version,
                        wanted.difference(NEVER_OWNED),
                        last == null || last.time() == null || changed ? manager.now() : last.time()));
        ObjectNode result = after.deepCopy();
        if (manager.name().equals(LastApplied.MANAGER)) {
            LastApplied.refresh(result, config);
        }
        managed.writeTo(result);
        return result;
    }

    /**
     * Answers an object that was created, updated or patched otherwise, with {@code managedFields} brought up to date. A
     * list of one empty entry, or an empty list, in the new object drops all entries.
     *
     * @param live what there was; null if the object is created; not changed
     * @param updated what there shall be; not changed
     * @param apiVersion the version in which both are
     */
    public static ObjectNode trackUpdate(
            @Nullable ObjectNode live, ObjectNode updated, FieldManager manager, String apiVersion, Schema schema) {
        ObjectNode before = live == null ? Json.object() : withoutManagedFields(live);
        ObjectNode after = withoutManagedFields(updated);
        ManagedFields managed = entriesFor(live, updated, manager);
        if (live == null || !managed.isEmpty()) {
            track(before, after, managed, manager, apiVersion, schema);
            managed.limitUpdates();
        }
        managed.writeTo(after);
        return after;
    }

    /** The entries that the writer sent, if they can be read; else those there were. */
    private static ManagedFields entriesFor(@Nullable ObjectNode live, ObjectNode updated, FieldManager manager) {
        JsonNode sent = updated.path("metadata").path("managedFields");
        if (manager.subresource().isEmpty() && sent.isArray()) {
            boolean reset = sent.isEmpty() || (sent.size() == 1 && sent.get(0).isEmpty());
            ManagedFields theirs = ManagedFields.of(updated);
            if (reset || !theirs.isEmpty()) {
                return theirs;
            }
        }
        return live == null ? new ManagedFields() : ManagedFields.of(live);
    }

    private static void track(
            ObjectNode before,
            ObjectNode after,
            ManagedFields managed,
            FieldManager manager,
            String apiVersion,
            Schema schema) {
        Owner owner = new Owner(manager.name(), ManagedFields.UPDATE, apiVersion, manager.subresource());
        Comparison changes = compare(before, after, manager, schema);
        settle(changes, managed, null, apiVersion, null);
        FieldSet changed = changes.modified()
                .union(changes.added())
                .difference(NEVER_OWNED)
                .withoutNamedFields(schema);
        if (!changed.isEmpty()) {
            Entry earlier = managed.entries().get(owner);
            FieldSet owned = earlier == null ? changed : earlier.fields().union(changed);
            managed.put(owner, new Entry(apiVersion, owned, manager.now()));
        }
    }

    private static Comparison compare(ObjectNode before, ObjectNode after, FieldManager manager, Schema schema) {
        Comparison changes = Comparison.of(before, after, schema);
        for (String ignored : manager.ignoredFields()) {
            changes = changes.without(ignored);
        }
        return changes;
    }

    /**
     * Takes what changed from its other owners, or fails; takes what is gone from everybody.
     *
     * @param yielded what may be taken from others; null if everything may
     */
    private static void settle(
            Comparison changes,
            ManagedFields managed,
            @Nullable Owner self,
            String version,
            @Nullable FieldSet yielded) {
        FieldSet changed = changes.modified().union(changes.added());
        Map<Owner, FieldSet> conflicts = new TreeMap<>();
        managed.entries().forEach((owner, entry) -> {
            FieldSet taken = entry.fields().intersection(changed);
            if (!owner.equals(self) && entry.apiVersion().equals(version) && !taken.isEmpty()) {
                conflicts.put(owner, taken);
            }
        });
        if (yielded != null) {
            Map<Owner, FieldSet> refused = new TreeMap<>();
            conflicts.forEach((owner, taken) -> refused.put(owner, taken.difference(yielded)));
            refused.values().removeIf(FieldSet::isEmpty);
            if (!refused.isEmpty()) {
                throw conflict(refused);
            }
        }
        for (Owner owner : List.copyOf(managed.entries().keySet())) {
            Entry entry = Objects.requireNonNull(managed.entries().get(owner));
            if (!owner.equals(self) && entry.apiVersion().equals(version)) {
                FieldSet left = entry.fields()
                        .difference(conflicts.getOrDefault(owner, new FieldSet()))
                        .difference(changes.removed());
                managed.put(owner, new Entry(version, left, entry.time()));
            }
        }
    }

    private static FieldSet ownedBesides(ManagedFields managed, Owner self) {
        FieldSet owned = new FieldSet();
        for (Map.Entry<Owner, Entry> each : managed.entries().entrySet()) {
            if (!each.getKey().equals(self)) {
                owned = owned.union(each.getValue().fields());
            }
        }
        return owned;
    }

    /** Takes away what was applied last time and is not owned now. */
    private static ObjectNode prune(ObjectNode merged, FieldSet last, FieldSet owned, Schema schema) {
        FieldSet lastNamed = last.withNamedFields(schema);
        FieldSet present = TypedMerge.fields(merged, schema).withNamedFields(schema);
        JsonNode cut = TypedMerge.remove(merged, lastNamed, schema);
        FieldSet left = fields(cut, schema);
        FieldSet unowned = present.difference(left.union(owned.withNamedFields(schema)));
        JsonNode restored = TypedMerge.remove(merged, unowned, schema);
        FieldSet gone = present.difference(fields(restored, schema)).intersection(lastNamed);
        JsonNode pruned = TypedMerge.remove(merged, gone, schema);
        return pruned instanceof ObjectNode object ? object : Json.object();
    }

    private static FieldSet fields(@Nullable JsonNode value, Schema schema) {
        return value == null ? new FieldSet() : TypedMerge.fields(value, schema).withNamedFields(schema);
    }

    private static void check(@Nullable ObjectNode live, ObjectNode config, Schema schema) {
        if (config.path("metadata").has("managedFields")) {
            throw ApiException.badRequest("metadata.managedFields must be nil");
        }
        List<String> errors = ConfigCheck.errors(config, schema);
        if (!errors.isEmpty()) {
            ObjectNode named = live == null ? config : live;
            GroupVersionKind kind = KubeObject.gvk(config);
            throw ApiException.badRequest("failed to create typed patch object (%s/%s; %s): %s"
                    .formatted(
                            KubeObject.namespace(named),
                            KubeObject.name(named),
                            kind,
                            errors.size() == 1 ? errors.getFirst() : "errors:\n  " + String.join("\n  ", errors)));
        }
    }

    private static ApiException conflict(Map<Owner, FieldSet> conflicts) {
        List<StatusCause> causes = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        conflicts.forEach((owner, fields) -> {
            lines.add("conflicts with " + owner.shown() + ":");
            for (String path : fields.paths()) {
                lines.add("- " + path);
                causes.add(new StatusCause("FieldManagerConflict", "conflict with " + owner.shown(), path));
            }
        });
        String message = causes.size() == 1
                ? "Apply failed with 1 conflict: %s: %s"
                        .formatted(
                                causes.getFirst().message(), causes.getFirst().field())
                : "Apply failed with %d conflicts: %s".formatted(causes.size(), String.join("\n", lines));
        return ApiException.of(new Status(409, "Conflict", message, new Status.Details("", "", "", "", causes, 0)));
    }

    private static ObjectNode withoutManagedFields(ObjectNode object) {
        ObjectNode copy = object.deepCopy();
        if (copy.get("metadata") instanceof ObjectNode metadata
                && metadata.path("managedFields") instanceof ArrayNode) {
            metadata.remove("managedFields");
        }
        return copy;
    }
}
