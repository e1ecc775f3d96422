package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.schema.Schema;
import io.kybern.schema.apply.FieldManager;
import io.kybern.schema.apply.FieldManager.Part;
import io.kybern.schema.apply.ServerSideApply;
import io.kybern.schema.apply.Versions;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps {@code metadata.managedFields}: who owns which field of an object; see "Field Management" in the Kubernetes documentation
 * of server-side apply. It looks at what the client wants, before admission and the type's own rules have a say, so what those
 * add belongs to nobody.
 */
final class FieldOwners {

    private static final Logger log = LoggerFactory.getLogger(FieldOwners.class);
    private static final String MANAGED_FIELDS = "managedFields";

    /** Parts of pods that are written by what has no owner of fields in Kubernetes either. */
    private static final Set<String> UNTRACKED = Set.of("binding");

    private final BodyReader bodies;
    private final Clock clock;

    FieldOwners(BodyReader bodies, Clock clock) {
        this.bodies = bodies;
        this.clock = clock;
    }

    /**
     * Brings the entries of an object that is about to be written up to date.
     *
     * @param old what there was; null for a create
     */
    void track(WriteContext context, @Nullable ObjectNode old, ObjectNode next) {
        if (context.applies()) {
            return;
        }
        Optional<Schema> schema = UNTRACKED.contains(context.target().subresource())
                ? Optional.empty()
                : bodies.fields(context.target().type().gvk());
        if (schema.isPresent()) {
            track(context, old, next, schema.get());
        } else if (old == null) {
            KubeObject.metadata(next).remove(MANAGED_FIELDS);
        } else {
            keep(old, next);
        }
    }

    private void track(WriteContext context, @Nullable ObjectNode old, ObjectNode next, Schema schema) {
        String version = context.target().type().gvr().apiVersion();
        try {
            ServerSideApply.trackUpdate(
                    old, next, manager(context), version, schema, versions(bodies, context.target()));
        } catch (ApiException unconverted) {
            // who owns what cannot be told without the webhook; the write itself does not need it, so it goes on
            // without owners
            log.atWarn()
                    .addKeyValue("object", KubeObject.name(next))
                    .addKeyValue("why", unconverted.getMessage())
                    .log("Owners of fields are dropped because an object could not be converted");
            KubeObject.metadata(next).remove(MANAGED_FIELDS);
        }
    }

    /**
     * The versions of a target's type. Versions of custom resources that nothing converts call their fields the same, so objects need not
     * be copied to look at them.
     */
    static Versions versions(BodyReader bodies, Target target) {
        GroupVersionKind own = target.type().gvk();
        return apiVersion -> {
            GroupVersionKind other = GroupVersionKind.parse(apiVersion, own.kind());
            return bodies.fields(other).map(schema -> new Versions.View(schema, conversion(target, own, other)));
        };
    }

    private static Versions.@Nullable Conversion conversion(
            Target target, GroupVersionKind own, GroupVersionKind other) {
        ResourceStrategy strategy = target.strategy();
        if (!strategy.rewrites()) {
            return Versions.Conversion.of(
                    object -> VersionConversion.convert(object, own, other),
                    object -> VersionConversion.convert(object, other, own));
        }
        return strategy.renamesFields()
                ? Versions.Conversion.of(
                        object -> strategy.renamed(object, other.apiVersion()),
                        object -> strategy.renamed(object, own.apiVersion()))
                : null;
    }

    private FieldManager manager(WriteContext context) {
        return manager(context, clock);
    }

    /** Who writes, and what of the object this request can change. */
    static FieldManager manager(WriteContext context, Clock clock) {
        Target target = context.target();
        return new FieldManager(context.fieldManager(), target.subresource(), clock.instant(), part(target));
    }

    private static Part part(Target target) {
        ResourceStrategy strategy = target.strategy();
        return switch (target.subresource()) {
            case "" -> strategy.type().has("status") ? Part.ALL_BUT_STATUS : Part.WHOLE;
            case "status", "approval" -> strategy.rewrites() ? Part.STATUS : Part.STATUS_AND_METADATA;
            default -> Part.WHOLE;
        };
    }

    /**
     * Takes back a new time if it is all that is new: who writes again what is there already changes nothing.
     *
     * @param next what is about to be stored
     */
    static void withoutIdleTimes(ObjectNode old, ObjectNode next) {
        JsonNode before = old.path("metadata").path(MANAGED_FIELDS);
        JsonNode after = next.path("metadata").path(MANAGED_FIELDS);
        if (before != after && before.size() == after.size() && sameButTimes(before, after) && sameBesides(old, next)) {
            keep(old, next);
        }
    }

    private static void keep(ObjectNode old, ObjectNode next) {
        JsonNode entries = old.path("metadata").get(MANAGED_FIELDS);
        ObjectNode metadata = KubeObject.metadata(next);
        if (entries == null) {
            metadata.remove(MANAGED_FIELDS);
        } else {
            metadata.set(MANAGED_FIELDS, entries);
        }
    }

    private static boolean sameButTimes(JsonNode before, JsonNode after) {
        for (int i = 0; i < before.size(); i++) {
            if (!sameExcept("time", before.get(i), after.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameBesides(ObjectNode old, ObjectNode next) {
        return sameExcept("metadata", old, next)
                && sameExcept(MANAGED_FIELDS, old.path("metadata"), next.path("metadata"));
    }

    private static boolean sameExcept(String field, JsonNode before, JsonNode after) {
        int without = before.has(field) ? 1 : 0;
        int withoutAfter = after.has(field) ? 1 : 0;
        if (before.size() - without != after.size() - withoutAfter) {
            return false;
        }
        for (var each : before.properties()) {
            if (!each.getKey().equals(field) && !each.getValue().equals(after.get(each.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
