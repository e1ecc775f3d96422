package io.kybern.apiserver.authz;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.RequestInfo;

/**
 * What somebody wants to do, as authorizers see it; see "Authorization" in the Kubernetes documentation.
 *
 * @param user who
 * @param verb what, for example {@code list}
 * @param resourceRequest whether it is about a resource rather than a path
 * @param group the API group
 * @param version the API version
 * @param resource the plural name
 * @param subresource empty for the object itself
 * @param namespace empty for cluster scope or all namespaces
 * @param name empty for all objects
 * @param path the path, if it is about a path
 */
public record AccessAttributes(
        UserInfo user,
        String verb,
        boolean resourceRequest,
        String group,
        String version,
        String resource,
        String subresource,
        String namespace,
        String name,
        String path) {

    /** What a request wants. */
    public static AccessAttributes of(UserInfo user, RequestInfo info) {
        return new AccessAttributes(
                user,
                info.verb(),
                info.resourceRequest(),
                info.group(),
                info.version(),
                info.resource(),
                info.subresource(),
                info.namespace(),
                info.name(),
                info.path());
    }

    /** One verb on one resource. */
    public static AccessAttributes resource(
            UserInfo user, String verb, String group, String resource, String namespace, String name) {
        return new AccessAttributes(user, verb, true, group, "v1", resource, "", namespace, name, "");
    }

    /** The resource with its subresource as rules name them, for example {@code pods/log}. */
    public String combinedResource() {
        return subresource.isEmpty() ? resource : resource + "/" + subresource;
    }
}
