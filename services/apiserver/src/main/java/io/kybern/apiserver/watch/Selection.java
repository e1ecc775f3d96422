package io.kybern.apiserver.watch;

import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import org.jspecify.annotations.Nullable;

/**
 * Which objects of a resource a reader wants.
 *
 * @param namespace only that namespace; null for all
 * @param name only that name; null for all
 * @param labels only objects with such labels
 * @param fields only objects with such fields
 */
public record Selection(
        @Nullable String namespace, @Nullable String name, LabelSelector labels, FieldSelector fields) {

    /** Selects every object. */
    public static Selection everything() {
        return new Selection(null, null, LabelSelector.everything(), FieldSelector.everything());
    }

    /** Selects every object of a namespace. */
    public static Selection namespace(String namespace) {
        return new Selection(namespace, null, LabelSelector.everything(), FieldSelector.everything());
    }

    /** Whether the object is wanted. */
    public boolean matches(CachedObject object) {
        return (namespace == null || namespace.equals(object.key().namespace()))
                && (name == null || name.equals(object.key().name()))
                && labels.matches(object.labels())
                && fields.matches(object.fields()::get);
    }
}
