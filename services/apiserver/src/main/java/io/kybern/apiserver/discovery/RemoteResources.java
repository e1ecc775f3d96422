package io.kybern.apiserver.discovery;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rewrites the resource list of another server in the form of aggregated discovery. */
final class RemoteResources {

    private RemoteResources() {}

    /** Adds an entry for each resource, with its subresources. */
    static void add(RemoteGroups.RemoteVersion version, ArrayNode entries) {
        for (JsonNode each : version.resources()) {
            String name = each.path("name").asString("");
            if (name.isEmpty() || name.contains("/")) {
                continue;
            }
            ObjectNode entry = entries.addObject().put("resource", name);
            entry.set("responseKind", kind(each, version, entry));
            entry.put("scope", each.path("namespaced").asBoolean(false) ? "Namespaced" : "Cluster");
            entry.put("singularResource", each.path("singularName").asString(""));
            for (String list : List.of("verbs", "shortNames", "categories")) {
                if (!each.path(list).isEmpty()) {
                    entry.set(list, each.path(list));
                }
            }
            for (JsonNode part : version.resources()) {
                String partName = part.path("name").asString("");
                if (partName.startsWith(name + "/")) {
                    ObjectNode sub = entry.withArrayProperty("subresources")
                            .addObject()
                            .put("subresource", partName.substring(name.length() + 1));
                    sub.set("responseKind", kind(part, version, sub));
                    sub.set("verbs", part.path("verbs"));
                }
            }
        }
    }

    private static ObjectNode kind(JsonNode resource, RemoteGroups.RemoteVersion version, ObjectNode maker) {
        String group = resource.path("group").asString("");
        String own = resource.path("version").asString("");
        return maker.objectNode()
                .put("group", group.isEmpty() ? version.group() : group)
                .put("version", own.isEmpty() ? version.version() : own)
                .put("kind", resource.path("kind").asString(""));
    }
}
