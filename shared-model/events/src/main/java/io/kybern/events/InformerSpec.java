package io.kybern.events;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What an informer needs to know of its objects.
 *
 * @param type the resource
 * @param objectClass the class of the typed objects
 * @param decoder makes a typed object of the JSON that an event carries; a secret's holds metadata only
 * @param lister lists the resource from the API server
 * @param key an object's key
 * @param revision an object's {@code metadata.resourceVersion} as a number
 */
public record InformerSpec<T>(
        ResourceType type,
        Class<T> objectClass,
        Function<byte[], T> decoder,
        ObjectLister<T> lister,
        Function<T, ObjectKey> key,
        ToLongFunction<T> revision) {}
