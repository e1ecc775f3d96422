package io.kybern.apiserver.admission;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.UserInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
    private final Map<Class<? extends AdmissionPlugin>, Object> notes = new HashMap<>();
    private @Nullable ObjectNode options;
    private Consumer<ObjectNode> shape = any -> {};
    private Consumer<String> listener = any -> {};
    private boolean secondPass;
    private boolean handedOut = true;
    private boolean wantsSecondPass;

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
        handedOut = true;
        return Optional.ofNullable(object);
    }

    /** Whether somebody has taken the object, and so may have changed it, since this was asked last. */
    boolean wasHandedOut() {
        boolean was = handedOut;
        handedOut = false;
        return was;
    }

    /** The object as it is stored; absent for a create. */
    public Optional<ObjectNode> oldObject() {
        return Optional.ofNullable(oldObject);
    }

    /** The same request with the options that came with it, such as {@code CreateOptions}. */
    public AdmissionRequest with(ObjectNode sent) {
        this.options = sent;
        return this;
    }

    /** The options that came with the request; absent for a connection. */
    public Optional<ObjectNode> options() {
        return Optional.ofNullable(options);
    }

    /**
     * The same request, with what brings its object back into shape when somebody outside has changed it: unknown fields go, wrong
     * types are refused, absent fields get their defaults.
     */
    public AdmissionRequest shapedBy(Consumer<ObjectNode> means) {
        this.shape = means;
        return this;
    }

    /**
     * Replaces the object by what somebody outside made of it, brought into shape. For mutation only.
     *
     * @throws io.kybern.api.status.ApiException if it cannot be
     */
    public void replaceObject(ObjectNode changed) {
        ObjectNode own = object().orElseThrow();
        own.removeAll();
        own.setAll(changed);
        shape.accept(own);
    }

    /** Asks for every mutating plugin to look once more after the last one, as its object is no longer what the first ones saw. */
    public void requestSecondPass() {
        wantsSecondPass = true;
    }

    /** Whether the mutating plugins look for the second time. */
    public boolean isSecondPass() {
        return secondPass;
    }

    /** Begins the second pass if one was asked for; there is no third one. */
    boolean beginSecondPass() {
        boolean begins = wantsSecondPass && !secondPass;
        secondPass |= begins;
        return begins;
    }

    /** What a plugin remembers of this request from one of its calls to the next. */
    <T> T notes(Class<? extends AdmissionPlugin> plugin, Class<T> kind, Supplier<T> first) {
        return kind.cast(notes.computeIfAbsent(plugin, any -> first.get()));
    }

    /** Adds a {@code Warning} header to the answer. */
    public void warn(String warning) {
        warnings.add(warning);
        listener.accept(warning);
    }

    /** The same request, with one who is told of each warning at once: a write that is refused has warnings too. */
    public AdmissionRequest warning(Consumer<String> told) {
        this.listener = told;
        return this;
    }

    /** The warnings so far. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
