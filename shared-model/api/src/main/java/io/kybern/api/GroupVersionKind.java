package io.kybern.api;

/**
 * The kind of an object with the group and version that it is written in.
 *
 * @param group the API group, empty for the core group
 * @param version the version within the group, for example {@code v1}
 * @param kind the kind, for example {@code Deployment}
 */
public record GroupVersionKind(String group, String version, String kind) {

    /**
     * Splits an {@code apiVersion} as objects carry it.
     *
     * @param apiVersion {@code v1} or {@code apps/v1}
     */
    public static GroupVersionKind parse(String apiVersion, String kind) {
        int slash = apiVersion.indexOf('/');
        return slash < 0
                ? new GroupVersionKind("", apiVersion, kind)
                : new GroupVersionKind(apiVersion.substring(0, slash), apiVersion.substring(slash + 1), kind);
    }

    /** The {@code apiVersion} field of such an object: {@code v1} or {@code apps/v1}. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The kind qualified by its group as messages name it: {@code Pod} or {@code Deployment.apps}. */
    public String groupKind() {
        return group.isEmpty() ? kind : kind + "." + group;
    }

    @Override
    public String toString() {
        return apiVersion() + ", Kind=" + kind;
    }
}
