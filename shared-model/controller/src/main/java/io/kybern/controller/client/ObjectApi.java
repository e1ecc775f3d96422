package io.kybern.controller.client;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.events.ListResult;
import java.util.Optional;

/**
 * What can be done at the API server with the objects of one type. Every call is one request and blocks until its answer;
 * safe for use by several threads.
 *
 * <p>Reads ask the server itself: reconcilers read the informer's cache instead, and come here only where the newest state
 * must decide, such as before an adoption. Every failure is an {@link ApiFailure}.
 *
 * @param <T> the model class of the type
 */
public interface ObjectApi<T> {

    /** The type. */
    ResourceType type();

    /** The object in its newest state. */
    Optional<T> get(ObjectKey key);

    /** All objects of the type in all namespaces, of one moment. */
    ListResult<T> list();

    /** Creates the object in the namespace that it names; with {@code generateName} the server completes the name. */
    Written<T> create(T object);

    /** Replaces the object; a conflict if it is not in the state of the given {@code resourceVersion}. */
    Written<T> update(T object);

    /** Replaces a part of the object that has an address of its own, such as {@code status}. */
    Written<T> update(T object, String subresource);

    /** Changes parts of the object. */
    Written<T> patch(ObjectKey key, PatchType type, String patch);

    /** Changes parts of a subresource of the object. */
    Written<T> patch(ObjectKey key, String subresource, PatchType type, String patch);

    /**
     * Deletes the object, or begins to.
     *
     * @return the store's revision of the deletion, or of its beginning; 0 if the server did not say
     */
    long delete(ObjectKey key, DeleteRequest request);

    /** Replaces the object's status. */
    default Written<T> updateStatus(T object) {
        return update(object, "status");
    }
}
