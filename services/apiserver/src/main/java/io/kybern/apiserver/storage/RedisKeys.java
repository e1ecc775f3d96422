package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import java.nio.charset.StandardCharsets;

/**
 * The only place that knows how keys in Redis are named. All share one hash tag, so that scripts run on one shard of a cluster.
 * They are a contract between API servers.
 */
public final class RedisKeys {

    /** The revision of the newest write. */
    public static final String REVISION = "{kybern}:revision";

    /** The stream of changes; an entry's id is {@code <revision>-0}. */
    public static final String LOG = "{kybern}:log";

    /** The hash of what the relay has to remember. */
    public static final String RELAY = "{kybern}:relay";

    /** The lease of the API server that relays. */
    public static final String RELAY_LEASE = "{kybern}:relay:lease";

    /** Matches the keys of all hashes of objects. */
    static final String ALL_OBJECTS = "{kybern}:objects:*";

    private static final String OBJECTS = "{kybern}:objects:";
    private static final String CORE = "core";

    private RedisKeys() {}

    /** The hash of a resource's objects; its fields are {@code <namespace>/<name>}. */
    static String objects(GroupResource resource) {
        return OBJECTS + name(resource);
    }

    /** The resource whose objects a hash holds. */
    static GroupResource resourceOfObjects(String key) {
        return resource(key.substring(OBJECTS.length()));
    }

    /** How a resource is named in keys and in the log: {@code core/pods}, {@code apps/deployments}. */
    static String name(GroupResource resource) {
        return (resource.group().isEmpty() ? CORE : resource.group()) + "/" + resource.resource();
    }

    /** The reverse of {@link #name}. */
    static GroupResource resource(String name) {
        int slash = name.indexOf('/');
        String group = name.substring(0, slash);
        return new GroupResource(group.equals(CORE) ? "" : group, name.substring(slash + 1));
    }

    /** A key or value as Redis has it. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The reverse of {@link #bytes}. */
    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
