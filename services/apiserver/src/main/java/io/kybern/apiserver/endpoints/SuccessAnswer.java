package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import tools.jackson.databind.node.ObjectNode;

/** The answer to what is posted to a part of an object and kept nowhere by itself. */
final class SuccessAnswer {

    private SuccessAnswer() {}

    /**
     * A {@code Status} that says so.
     *
     * @param revision where the object is now; not positive if nothing was written
     */
    static ApiResponse created(ApiRequest request, long revision) {
        ObjectNode status = Json.object().put("kind", "Status").put("apiVersion", "v1");
        status.putObject("metadata");
        status.put("status", "Success").put("code", 201);
        ApiResponse.Complete answer = Negotiation.representation(request, false).answer(201, status);
        return revision > 0 ? answer.with("Kybern-Revision", Long.toString(revision)) : answer;
    }
}
