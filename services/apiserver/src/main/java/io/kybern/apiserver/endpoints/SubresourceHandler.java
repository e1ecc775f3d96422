package io.kybern.apiserver.endpoints;

import io.kybern.api.Verb;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;

/** Answers requests for a subresource that is more than a part of the object. */
@FunctionalInterface
interface SubresourceHandler {

    /** The answer; the verb is one that the subresource has. */
    ApiResponse handle(Target target, Verb verb, ApiRequest request);
}
