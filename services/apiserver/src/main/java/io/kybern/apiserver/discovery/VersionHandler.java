package io.kybern.apiserver.discovery;

import io.kybern.api.Json;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.Offer;

/** {@code /version}: the release of Kubernetes whose API this is. */
public final class VersionHandler implements ApiHandler {

    @Override
    public ApiResponse handle(ApiRequest request) {
        return Negotiation.representationOrJson(request, Offer.TEXT)
                .answer(
                        200,
                        Json.object()
                                .put("major", "1")
                                .put("minor", "36")
                                .put("gitVersion", "v1.36.0")
                                .put("gitCommit", "kybern")
                                .put("gitTreeState", "clean")
                                .put("buildDate", "2026-01-01T00:00:00Z")
                                .put(
                                        "goVersion",
                                        "go1.0 (java " + Runtime.version().feature() + ")")
                                .put("compiler", "javac")
                                .put("platform", "linux/" + platform()));
    }

    private static String platform() {
        return switch (System.getProperty("os.arch", "")) {
            case "aarch64" -> "arm64";
            default -> "amd64";
        };
    }
}
