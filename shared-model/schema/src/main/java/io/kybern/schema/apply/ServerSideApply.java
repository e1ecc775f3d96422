package io.kybern.schema.apply;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Server-side apply, and who owns what after any other write. Goals: an owner's configuration takes effect where nobody else
 * owns the field, or where force is used; what an owner no longer applies goes away unless somebody else owns it. Algorithm:
 * lay the configuration over the live object; take away what this owner applied last time, does not apply now and nobody owns;
 * whatever differs from the live object and is owned by others is a conflict. Constraint: every write of every object passes
 * through here, so one walk over both objects has to tell what changed, and entries are only read where they matter.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">server-side apply</a>
 */
public final class ServerSideApply {

    private static final String BEFORE_FIRST_APPLY = "before-first-apply";
    private static final ObjectNode NOTHING = Json.object();

    private ServerSideApply() {}

    /**
     * Answers the live object with the configuration applied and {@code managedFields} brought up to date. It shares parts with
     * both, and is neither decoded nor defaulted: a caller does both before anything is changed in it.
     *
     * @param live what there is; null if the object is to be created; not changed
     * @param config what the owner wants; not changed
     * @param force whether fields of other owners are taken over
     * @param versions the versions of the type
     * @throws ApiException 409 with a cause for each conflict; 400 if the configuration does not fit the schema
     */
    public static ObjectNode apply(
            @Nullable ObjectNode live,
            ObjectNode config,
            FieldManager manager,
            boolean force,
            Schema schema,
            Versions versions) {
        check(live, config, schema);
        ObjectNode before = live == null ? NOTHING : withoutManagedFields(live);
        ManagedFields managed = live == null ? new ManagedFields() : ManagedFields.of(live);
        String version = config.path("apiVersion").asString("");
        if (managed.isEmpty() && live != null) {
            FieldManager first =
                    new FieldManager(BEFORE_FIRST_APPLY, manager.subresource(), manager.now(), manager.part());
            track(managed, first, new Changes(NOTHING, before, first, version, schema, versions), version);
        }
        Owner self = Owner.applier(manager);
        Ownership last = managed.get(self);
        FieldSet wanted = TypedMerge.fields(config, schema);
        ObjectNode after = (ObjectNode) TypedMerge.merge(before, config, schema);
        if (last != null) {
            after = new Pruning(version, schema, versions).prune(after, last, wanted, managed, self);
        }
        Changes changes = new Changes(before, after, manager, version, schema, versions);
        if (!force) {
            refuseConflicts(changes, managed, self, yielded(live, version, manager, schema));
        }
        managed.takeFromOthers(changes, Comparison::changed, self);
        managed.takeFromOthers(changes, Comparison::removed, self);
        FieldSet owned = Ownable.of(wanted, manager);
        String time = last != null && changes.own().isEmpty() && last.fields().equals(owned)
                ? last.time()
                : ManagedFields.timestamp(manager.now());
        managed.put(Ownership.of(self, version, owned, time));
        ObjectNode result = withoutManagedFields(after);
        if (manager.name().equals(LastApplied.MANAGER)) {
            LastApplied.refresh(result, config);
        }
        managed.writeTo(result);
        return result;
    }

    /**
     * Brings {@code managedFields} up to date in an object that is about to be created, updated or patched otherwise. A list of
     * one empty entry, or an empty list, in the new object drops all entries.
     *
     * @param live what there was; null if the object is created; not changed, but shares entries with the new object afterwards
     * @param updated what there shall be
     * @param apiVersion the version in which both are
     * @param versions the versions of the type
     */
    public static void trackUpdate(
            @Nullable ObjectNode live,
            ObjectNode updated,
            FieldManager manager,
            String apiVersion,
            Schema schema,
            Versions versions) {
        ManagedFields managed = entriesFor(live, updated, manager);
        if (live == null || !managed.isEmpty()) {
            // what a type always has was not set by who creates an object
            ObjectNode before = live == null ? schema.zeroObject() : live;
            track(managed, manager, new Changes(before, updated, manager, apiVersion, schema, versions), apiVersion);
        }
        managed.writeTo(updated);
    }

    /** The entries that the writer sent, if they can be read; else those there were. */
    private static ManagedFields entriesFor(@Nullable ObjectNode live, ObjectNode updated, FieldManager manager) {
        JsonNode sent = updated.path("metadata").path(ManagedFields.FIELD);
        boolean same = live != null && sent.equals(live.path("metadata").path(ManagedFields.FIELD));
        if (manager.subresource().isEmpty() && sent.isArray() && !same) {
            if (sent.isEmpty() || (sent.size() == 1 && sent.get(0).isEmpty())) {
                return new ManagedFields();
            }
            ManagedFields theirs = ManagedFields.sent(sent);
            if (theirs != null) {
                return theirs;
            }
        }
        return live == null ? new ManagedFields() : ManagedFields.of(live);
    }

    private static void track(ManagedFields managed, FieldManager manager, Changes changes, String apiVersion) {
        FieldSet changed = changes.own().changed();
        Owner self = Owner.updater(manager, apiVersion);
        managed.takeFromOthers(changes, Comparison::changed, self);
        managed.takeFromOthers(changes, Comparison::removed, null);
        if (!changed.isEmpty()) {
            String now = ManagedFields.timestamp(manager.now());
            Ownership earlier = managed.get(self);
            if (earlier == null) {
                managed.put(Ownership.of(self, apiVersion, changed, now));
            } else if (!earlier.covers(changed)) {
                managed.put(Ownership.of(self, apiVersion, earlier.fields().union(changed), now));
            } else if (!earlier.time().equals(now)) {
                managed.put(earlier.since(now));
            }
        }
        managed.limitUpdates();
    }

    /** What somebody else owns without a conflict, because the same person applied it from the client's side. */
    private static FieldSet yielded(@Nullable ObjectNode live, String version, FieldManager manager, Schema schema) {
        return live != null && manager.name().equals(LastApplied.MANAGER)
                ? LastApplied.unchangedFields(live, version, schema)
                : new FieldSet();
    }

    private static void refuseConflicts(Changes changes, ManagedFields managed, Owner self, FieldSet yielded) {
        Map<Owner, FieldSet> conflicts = new TreeMap<>();
        for (Ownership each : managed.all()) {
            if (each.owner().equals(self)) {
                continue;
            }
            FieldSet changed =
                    changes.in(each.apiVersion()).map(Comparison::changed).orElseGet(FieldSet::new);
            if (each.meets(changed)) {
                FieldSet conflict = each.fields().intersection(changed).difference(yielded);
                if (!conflict.isEmpty()) {
                    conflicts.put(each.owner(), conflict);
                }
            }
        }
        if (!conflicts.isEmpty()) {
            throw conflict(conflicts);
        }
    }

    /**
     * Checks a configuration.
     *
     * @param live the object that messages name; null if that is the configuration
     * @throws ApiException 400 if it does not fit the schema, or says who owns what
     */
    public static void check(@Nullable ObjectNode live, ObjectNode config, Schema schema) {
        if (config.path("metadata").has(ManagedFields.FIELD)) {
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

    /** The object with its own metadata, the rest shared. */
    private static ObjectNode withoutManagedFields(ObjectNode object) {
        ObjectNode copy = Json.object();
        copy.setAll(object);
        if (object.get("metadata") instanceof ObjectNode metadata) {
            ObjectNode own = Json.object();
            own.setAll(metadata);
            own.remove(ManagedFields.FIELD);
            copy.set("metadata", own);
        }
        return copy;
    }
}
