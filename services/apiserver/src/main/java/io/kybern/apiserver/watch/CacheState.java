package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/**
 * All objects at one revision, immutable: what the cache's thread publishes to readers.
 *
 * @param revision the revision of the whole store
 * @param resources the objects by resource; a resource without objects may be missing
 */
record CacheState(long revision, PMap<GroupResource, TreePMap<ObjectKey, CachedObject>> resources) {

    /** Before anything has been read. */
    static CacheState empty(long revision) {
        return new CacheState(revision, HashTreePMap.empty());
    }

    Snapshot of(GroupResource resource) {
        return new TreeSnapshot(revision, objects(resource));
    }

    TreePMap<ObjectKey, CachedObject> objects(GroupResource resource) {
        TreePMap<ObjectKey, CachedObject> objects = resources.get(resource);
        return objects == null ? TreePMap.empty() : objects;
    }
}
