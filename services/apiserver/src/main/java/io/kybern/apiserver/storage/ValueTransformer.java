package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;

/**
 * Changes the bytes of objects on their way to the store and back, for example by encryption. Safe for use by several threads.
 */
public interface ValueTransformer {

    /** Leaves every value as it is. */
    ValueTransformer NONE = new ValueTransformer() {
        @Override
        public boolean appliesTo(GroupResource resource) {
            return false;
        }

        @Override
        public byte[] toStore(GroupResource resource, ObjectKey key, byte[] json) {
            return json;
        }

        @Override
        public byte[] fromStore(GroupResource resource, ObjectKey key, byte[] stored) {
            return stored;
        }
    };

    /** Whether values of the resource are changed; if not, equal objects have equal stored bytes. */
    boolean appliesTo(GroupResource resource);

    /** Whether a stored value should be written again even if its object stays as it is: another key now writes. */
    default boolean isStale(GroupResource resource, byte[] stored) {
        return false;
    }

    /** Another number whenever values that could not be had before may be had now. */
    default long generation() {
        return 0;
    }

    /** What is stored for that JSON. */
    byte[] toStore(GroupResource resource, ObjectKey key, byte[] json);

    /**
     * The JSON of what is stored; values that were stored before the transformer was in use are passed through.
     *
     * @throws StorageException.Corrupt if it cannot be had
     */
    byte[] fromStore(GroupResource resource, ObjectKey key, byte[] stored);
}
