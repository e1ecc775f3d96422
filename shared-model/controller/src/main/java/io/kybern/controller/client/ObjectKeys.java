package io.kybern.controller.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import org.jspecify.annotations.Nullable;

/** Keys and revisions of typed models. */
public final class ObjectKeys {

    private ObjectKeys() {}

    /** The key of the object. */
    public static ObjectKey of(HasMetadata object) {
        @Nullable String namespace = object.getMetadata().getNamespace();
        return new ObjectKey(
                namespace == null ? "" : namespace, object.getMetadata().getName());
    }

    /** The revision of the state that the object shows, 0 if it was never stored. */
    public static long revision(HasMetadata object) {
        return revision(object.getMetadata().getResourceVersion());
    }

    static long revision(@Nullable String resourceVersion) {
        return resourceVersion == null || resourceVersion.isEmpty() ? 0 : Long.parseLong(resourceVersion);
    }
}
