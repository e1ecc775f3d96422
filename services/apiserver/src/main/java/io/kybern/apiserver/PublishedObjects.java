package io.kybern.apiserver;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the server itself keeps in the store, past the request path: made if it is absent, mended if a part of it differs. What the
 * watch cache shows to be right is believed, so that an idle server does not ask the store; it is asked before anything is written.
 */
final class PublishedObjects {

    private final ObjectStore store;
    private final ObjectLookup known;
    private final Clock clock;

    /** @param known answers without the store; what it does not know of, or only an older state of, does no harm */
    PublishedObjects(ObjectStore store, ObjectLookup known, Clock clock) {
        this.store = store;
        this.known = known;
        this.clock = clock;
    }

    /** A new object with its identity; an empty namespace stands for none. */
    ObjectNode object(ResourceType type, String namespace, String name) {
        ObjectNode object =
                Json.object().put("apiVersion", type.gvr().apiVersion()).put("kind", type.kind());
        ObjectNode metadata = object.putObject("metadata").put("name", name);
        if (!namespace.isEmpty()) {
            metadata.put("namespace", namespace);
        }
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put("creationTimestamp", now());
        return object;
    }

    /** The time as objects have it. */
    String now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Makes the object if there is none of its name. */
    void create(ResourceType type, ObjectNode object) {
        ObjectKey key = KubeObject.key(object);
        if (known(type, key).isPresent() || store.get(type, key).join().isPresent()) {
            return;
        }
        try {
            store.create(type, key, object).join();
        } catch (CompletionException e) {
            // another API server was faster
            if (!(StorageException.of(e) instanceof StorageException.Exists)) {
                throw e;
            }
        }
    }

    /**
     * Makes the object, or changes the one that is there.
     *
     * @param change changes what is there; answers whether that is to be written
     */
    void make(ResourceType type, ObjectNode wanted, Predicate<ObjectNode> change) {
        ObjectKey key = KubeObject.key(wanted);
        if (known(type, key).filter(change.negate()).isPresent()) {
            return;
        }
        Optional<StoredObject> found = store.get(type, key).join();
        if (found.isEmpty()) {
            create(type, wanted);
            return;
        }
        ObjectNode present = found.get().tree();
        if (change.test(present)) {
            try {
                store.update(type, key, found.get().revision(), present).join();
            } catch (CompletionException e) {
                // somebody was faster; the next time will do
                if (!(StorageException.of(e) instanceof StorageException.Conflict)) {
                    throw e;
                }
            }
        }
    }

    /** Makes the object, or brings those parts of it up to date if the first of them differs. */
    void ensure(ResourceType type, ObjectNode wanted, String part, String... more) {
        make(type, wanted, present -> {
            if (present.path(part).equals(wanted.path(part))) {
                return false;
            }
            present.set(part, wanted.path(part));
            for (String each : more) {
                present.set(each, wanted.path(each));
            }
            return true;
        });
    }

    private Optional<ObjectNode> known(ResourceType type, ObjectKey key) {
        return known.find(type.storage(), key).map(tree -> (ObjectNode) tree.deepCopy());
    }
}
