package io.kybern.api;

/**
 * A resource as a URL names it.
 *
 * @param group the API group, empty for the core group
 * @param version the version within the group
 * @param resource the plural name
 */
public record GroupVersionResource(String group, String version, String resource) {

    /** The same resource without its version. */
    public GroupResource groupResource() {
        return new GroupResource(group, resource);
    }

    /** The group and version as objects carry it: {@code v1} or {@code apps/v1}. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The URL path of the group version: {@code /api/v1} or {@code /apis/apps/v1}. */
    public String prefix() {
        return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    }
}
