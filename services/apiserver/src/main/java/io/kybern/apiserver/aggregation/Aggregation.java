package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.util.Optional;

/** Answers what other API servers serve under this one's address. */
public final class Aggregation {

    private final RemoteApis apis;
    private final RemoteHandler handler;

    Aggregation(RemoteApis apis, RemoteHandler handler) {
        this.apis = apis;
        this.handler = handler;
    }

    /** The answer to a request for an aggregated API; nothing if this server answers itself. */
    public Optional<ApiResponse> handle(ApiRequest request) {
        return apis.serving(request.path()).map(api -> handler.handle(api, request));
    }
}
