package io.kybern.apiserver.authz;

import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.QueryParameters;
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
 * @param fields the fields that the request narrows itself to; what cannot be read narrows nothing
 * @param labels the labels that the request narrows itself to
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
        String path,
        FieldSelector fields,
        LabelSelector labels) {

    /** Without selectors. */
    public AccessAttributes(
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
        this(
                user,
                verb,
                resourceRequest,
                group,
                version,
                resource,
                subresource,
                namespace,
                name,
                path,
                FieldSelector.everything(),
                LabelSelector.everything());
    }

    /** What a request wants. */
    public static AccessAttributes of(UserInfo user, RequestInfo info, QueryParameters query) {
        boolean selects =
                switch (info.verb()) {
                    case "list", "watch", "deletecollection" -> info.resourceRequest();
                    default -> false;
                };
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
                info.path(),
                selects ? fieldsOf(query.first("fieldSelector")) : FieldSelector.everything(),
                selects ? labelsOf(query.first("labelSelector")) : LabelSelector.everything());
    }

    /** The selector, or that of everything if it cannot be read: then a check is as wide as can be. */
    public static FieldSelector fieldsOf(String text) {
        try {
            return FieldSelector.parse(text);
        } catch (SelectorSyntaxException e) {
            return FieldSelector.everything();
        }
    }

    /** The selector, or that of everything if it cannot be read: then a check is as wide as can be. */
    public static LabelSelector labelsOf(String text) {
        try {
            return text.isEmpty() ? LabelSelector.everything() : LabelSelector.parse(text);
        } catch (SelectorSyntaxException e) {
            return LabelSelector.everything();
        }
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
