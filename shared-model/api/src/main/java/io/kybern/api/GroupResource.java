package io.kybern.api;

/**
 * A resource of an API group, whatever the version.
 *
 * @param group the API group, empty for the core group
 * @param resource the plural name, for example {@code deployments}
 */
public record GroupResource(String group, String resource) implements Comparable<GroupResource> {

    /** As messages name it: {@code pods} or {@code deployments.apps}. */
    @Override
    public String toString() {
        return group.isEmpty() ? resource : resource + "." + group;
    }

    @Override
    public int compareTo(GroupResource other) {
        int byGroup = group.compareTo(other.group);
        return byGroup != 0 ? byGroup : resource.compareTo(other.resource);
    }
}
