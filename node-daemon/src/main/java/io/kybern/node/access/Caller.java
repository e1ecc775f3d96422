package io.kybern.node.access;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whoever sent a request, as authentication found it.
 *
 * @param name the user name
 * @param uid tells apart users who had the same name at different times; may be empty
 * @param groups the groups, in the order found
 * @param extra further facts, for authorizers
 */
public record Caller(String name, String uid, List<String> groups, Map<String, List<String>> extra) {

    private static final String MASTERS = "system:masters";

    /** Copies the collections: answers are remembered by callers. */
    public Caller {
        groups = List.copyOf(groups);
        extra = extra.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> List.copyOf(each.getValue())));
    }

    /** Whether the caller may do everything: API servers let this group do so before they ask any authorizer. */
    boolean isMaster() {
        return groups.contains(MASTERS);
    }
}
