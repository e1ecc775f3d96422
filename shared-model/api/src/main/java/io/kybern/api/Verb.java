package io.kybern.api;

import java.util.Locale;

/** What may be done with a resource; the names are those of discovery and of RBAC rules. */
public enum Verb {
    GET,
    LIST,
    WATCH,
    CREATE,
    UPDATE,
    PATCH,
    DELETE,
    DELETECOLLECTION;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name in discovery documents and RBAC rules, for example {@code deletecollection}. */
    public String wireName() {
        return wireName;
    }

    /**
     * The verb of that name.
     *
     * @throws IllegalArgumentException if no verb has the name
     */
    public static Verb ofWireName(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Whether the verb changes the state of the cluster. */
    public boolean mutates() {
        return switch (this) {
            case GET, LIST, WATCH -> false;
            case CREATE, UPDATE, PATCH, DELETE, DELETECOLLECTION -> true;
        };
    }
}
