package io.kybern.apiserver.discovery;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import tools.jackson.databind.node.ObjectNode;

/** Lets others check service-account tokens; see "Service account issuer discovery" in the Kubernetes documentation. */
public final class OpenIdHandler implements ApiHandler {

    private final ServiceAccountTokens tokens;

    /** Tells of that issuer. */
    public OpenIdHandler(ServiceAccountTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        if (request.path().equals("/openid/v1/jwks")) {
            return ApiResponse.of(200, "application/jwk-set+json", Json.bytes(tokens.keySet()));
        }
        ObjectNode configuration =
                Json.object().put("issuer", tokens.issuer()).put("jwks_uri", tokens.issuer() + "/openid/v1/jwks");
        configuration.putArray("response_types_supported").add("id_token");
        configuration.putArray("subject_types_supported").add("public");
        configuration.putArray("id_token_signing_alg_values_supported").add("RS256");
        return ApiResponse.json(200, Json.bytes(configuration));
    }
}
