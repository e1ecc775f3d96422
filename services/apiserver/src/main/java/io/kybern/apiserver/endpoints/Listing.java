package io.kybern.apiserver.endpoints;

import io.kybern.apiserver.watch.CachedObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One piece of a list.
 *
 * @param revision the revision of the state that it is a piece of
 * @param objects the objects, in order
 * @param token where to go on, empty at the end
 * @param remaining how many are left, null if nobody counted
 */
record Listing(
        long revision,
        List<CachedObject> objects,
        String token,
        @Nullable Long remaining) {}
