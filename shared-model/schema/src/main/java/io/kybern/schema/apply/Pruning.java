package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes away what an owner applied last time, does not apply now, and nobody else owns. Fields are looked for in the version in which
 * their owner named them, so the object is converted wherever that is another one.
 */
final class Pruning {

    private final String present;
    private final Schema schema;
    private final Versions versions;

    /**
     * For objects of one version.
     *
     * @param present that version
     * @param schema of that version
     */
    Pruning(String present, Schema schema, Versions versions) {
        this.present = present;
        this.schema = schema;
        this.versions = versions;
    }

    /**
     * The object without what is gone.
     *
     * @param merged the object with the new configuration; not changed
     * @param last what the owner applied last time
     * @param wanted what it applies now
     */
    ObjectNode prune(ObjectNode merged, Ownership last, FieldSet wanted, ManagedFields managed, Owner self) {
        String at = form(last.apiVersion());
        if (at.isEmpty()
                || (at.equals(present) && last.fields().difference(wanted).isEmpty())) {
            return merged;
        }
        Map<String, FieldSet> owned = new TreeMap<>();
        owned.put(present, wanted);
        for (Ownership each : managed.all()) {
            String form = each.owner().equals(self) ? "" : form(each.apiVersion());
            if (!form.isEmpty()) {
                owned.merge(form, each.fields(), FieldSet::union);
            }
        }
        ObjectNode there = converted(merged, present, at);
        ObjectNode pruned = prune(there, at, last.fields(), owned);
        return pruned == there ? merged : converted(pruned, at, present);
    }

    private ObjectNode prune(ObjectNode merged, String at, FieldSet last, Map<String, FieldSet> owned) {
        Schema own = schema(at);
        FieldSet lastNamed = last.withNamedFields(own);
        FieldSet ownedHere = Optional.ofNullable(owned.remove(at)).orElseGet(FieldSet::new);
        FieldSet all = named(merged, own);
        FieldSet left = fieldsWithout(merged, lastNamed, own);
        FieldSet unowned = all.difference(left.union(ownedHere.withNamedFields(own)));
        if (unowned.isEmpty()) {
            return merged;
        }
        FieldSet kept =
                owned.isEmpty() ? fieldsWithout(merged, unowned, own) : keptByOthers(merged, unowned, at, owned);
        FieldSet gone = all.difference(kept).intersection(lastNamed);
        return (ObjectNode) TypedMerge.remove(merged, gone, own, null);
    }

    /** The fields that are left when each owner in another version has got back what is its own there. */
    private FieldSet keptByOthers(ObjectNode merged, FieldSet unowned, String at, Map<String, FieldSet> owned) {
        ObjectNode pruned = (ObjectNode) TypedMerge.remove(merged, unowned, schema(at), null);
        String now = at;
        for (Map.Entry<String, FieldSet> each : owned.entrySet()) {
            Schema there = schema(each.getKey());
            ObjectNode whole = converted(merged, at, each.getKey());
            FieldSet left = named(converted(pruned, now, each.getKey()), there);
            FieldSet lost =
                    named(whole, there).difference(left.union(each.getValue().withNamedFields(there)));
            pruned = (ObjectNode) TypedMerge.remove(whole, lost, there, null);
            now = each.getKey();
        }
        return named(converted(pruned, now, at), schema(at));
    }

    /** The version in whose form fields of a version are named: versions that call all fields the same are one; empty if it is gone. */
    private String form(String apiVersion) {
        if (apiVersion.equals(present)) {
            return present;
        }
        return versions.in(apiVersion)
                .map(view -> view.conversion() == null ? present : apiVersion)
                .orElse("");
    }

    private Schema schema(String form) {
        return form.equals(present)
                ? schema
                : versions.in(form).map(Versions.View::schema).orElse(schema);
    }

    private ObjectNode converted(ObjectNode object, String from, String to) {
        if (from.equals(to)) {
            return object;
        }
        ObjectNode here = from.equals(present) ? object : conversion(from).back(object.deepCopy());
        return to.equals(present) ? here : conversion(to).there(here.deepCopy());
    }

    private Versions.Conversion conversion(String form) {
        return versions.in(form)
                .map(Versions.View::conversion)
                .orElseThrow(() -> new IllegalStateException("no conversion to " + form));
    }

    private static FieldSet named(JsonNode object, Schema schema) {
        return TypedMerge.fields(object, schema).withNamedFields(schema);
    }

    private static FieldSet fieldsWithout(JsonNode value, FieldSet gone, Schema schema) {
        // what is emptied has to show up, as a list without elements would not
        JsonNode left = TypedMerge.remove(value, gone, schema, NullNode.instance);
        return left.isNull() ? new FieldSet() : named(left, schema);
    }
}
