package io.kybern.apiserver.cel;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.GroupVersionResource;
import io.kybern.apiserver.authn.UserInfo;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What expressions see of a request besides its objects, as the variable {@code request}.
 *
 * @param kind the kind in the version that was matched
 * @param resource the resource in that version
 * @param requestKind the kind that was asked for
 * @param requestResource the resource that was asked for
 * @param subresource empty for the object itself
 * @param namespace empty for cluster scope
 * @param name empty if it is not yet known
 * @param operation for example {@code CREATE}
 * @param user who asks
 * @param dryRun whether nothing will be stored
 * @param options what came with the request; null if nothing
 */
public record RequestFacts(
        GroupVersionKind kind,
        GroupVersionResource resource,
        GroupVersionKind requestKind,
        GroupVersionResource requestResource,
        String subresource,
        String namespace,
        String name,
        String operation,
        UserInfo user,
        boolean dryRun,
        @Nullable JsonNode options) {}
