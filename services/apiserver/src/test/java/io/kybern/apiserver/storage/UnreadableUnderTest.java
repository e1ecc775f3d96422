package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;

/** Objects that count as found in the store and opened by no key. */
public final class UnreadableUnderTest {

    private UnreadableUnderTest() {}

    /** Those of one resource. */
    public static UnreadableObjects of(GroupResource resource, ObjectKey... keys) {
        UnreadableObjects unreadable = new UnreadableObjects();
        for (ObjectKey key : keys) {
            unreadable.note(resource, key);
        }
        return unreadable;
    }
}
