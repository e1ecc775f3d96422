package io.kybern.apiserver.admission;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One write on its way through admission. The object is the plugin's to change while it mutates, and only to read while
 * it validates; the old object is never to be changed.
 */
public final class AdmissionRequest {

    private final Target target;
    private final AdmissionOperation operation;
    private final UserInfo user;
    private final boolean dryRun;
    private final @Nullable ObjectNode object;
    private final @Nullable ObjectNode oldObject;
    private final List<String> warnings = new ArrayList<>();

    /**
     * What the write is aimed at.
     *
     * @param type the resource
     * @param subresource empty for the object itself
     * @param namespace empty for cluster scope
     * @param name empty for a create whose name is not yet known
     */
    public record Target(ResourceType type, String subresource, String namespace, String name) {

        /** The namespace as webhooks and policies are told it: that of a namespace is the namespace itself. */
        public String requestNamespace() {
            boolean isNamespace =
                    type.gvr().group().isEmpty() && type.gvr().resource().equals("namespaces");
            return isNamespace ? name : namespace;
        }

        /** Whether it is that resource of that group, the object itself rather than a subresource. */
        public boolean is(String group, String resource) {
            return subresource.isEmpty()
                    && type.gvr().group().equals(group)
                    && type.gvr().resource().equals(resource);
        }
    }

    /** A request; which of the objects are there depends on the operation. */
    public AdmissionRequest(
            Target target,
            AdmissionOperation operation,
            UserInfo user,
            boolean dryRun,
            @Nullable ObjectNode object,
            @Nullable ObjectNode oldObject) {
        this.target = target;
        this.operation = operation;
        this.user = user;
        this.dryRun = dryRun;
        this.object = object;
        this.oldObject = oldObject;
    }

    /** What the write is aimed at. */
    public Target target() {
        return target;
    }

    /** What it is about to do. */
    public AdmissionOperation operation() {
        return operation;
    }

    /** Who asks. */
    public UserInfo user() {
        return user;
    }

    /** Whether nothing will be stored: then a plugin has no side effects either. */
    public boolean dryRun() {
        return dryRun;
    }

    /** The object as it would be stored; absent for a delete. */
    public Optional<ObjectNode> object() {
        return Optional.ofNullable(object);
    }

    /** The object as it is stored; absent for a create. */
    public Optional<ObjectNode> oldObject() {
        return Optional.ofNullable(oldObject);
    }

    /** Adds a {@code Warning} header to the answer. */
    public void warn(String warning) {
        warnings.add(warning);
    }

    /** The warnings so far. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
