package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.ResourceType;

/**
 * One operation, before it is written.
 *
 * @param type the resource
 * @param verb the first word of the id: create, read, list, replace, patch, delete, connect
 * @param action what {@code x-kubernetes-action} says
 * @param what the rest of the id, after the group and version
 * @param kind what {@code x-kubernetes-group-version-kind} says
 */
record OpenApiOperation(ResourceType type, String verb, String action, String what, GroupVersionKind kind) {

    /** The same for another kind, as subresources have. */
    OpenApiOperation of(GroupVersionKind other) {
        return new OpenApiOperation(type, verb, action, what, other);
    }

    /** A connection by an HTTP method. */
    OpenApiOperation connecting(String method, GroupVersionKind options) {
        return new OpenApiOperation(type, verb, action, method + what, options);
    }

    String id() {
        return verb + groupName(true) + capitalVersion() + what;
    }

    /** The group and version, as generated clients name their classes: {@code rbacAuthorization_v1}. */
    String tag() {
        return groupName(false) + "_" + type.gvr().version();
    }

    private String capitalVersion() {
        String version = type.gvr().version();
        return Character.toUpperCase(version.charAt(0)) + version.substring(1);
    }

    private String groupName(boolean capital) {
        String group = type.gvr().group();
        String bare = group.isEmpty() ? "core" : group.replaceFirst("\\.k8s\\.io$", "");
        StringBuilder name = new StringBuilder();
        boolean upper = capital;
        for (char c : bare.toCharArray()) {
            if (c == '.') {
                upper = true;
            } else {
                name.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return name.toString();
    }
}
