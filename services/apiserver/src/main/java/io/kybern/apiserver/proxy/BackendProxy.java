package io.kybern.apiserver.proxy;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.util.Map;
import java.util.function.BiFunction;

/** Passes requests on to pods and Services: {@code pods/proxy} and {@code services/proxy}, with upgrades. */
final class BackendProxy {

    /** {@code /api/v1/namespaces/x/pods/y/proxy}: what comes before the path that is passed on. */
    private static final int PREFIX_SEGMENTS = 7;

    private static final int MOVED_PERMANENTLY = 301;
    private static final byte[] NO_BODY = new byte[0];

    private final BackendLocator locator;
    private final NodeClient client;

    BackendProxy(BackendLocator locator, NodeClient client) {
        this.locator = locator;
        this.client = client;
    }

    /** The handlers by address. */
    Map<String, ApiHandler> handlers() {
        return Map.of(
                "pods/proxy", request -> proxy(request, locator::ofPod),
                "services/proxy", request -> proxy(request, locator::ofService));
    }

    private ApiResponse proxy(ApiRequest request, BiFunction<String, String, Backend> locate) {
        String uri = request.uri();
        int split = split(uri);
        String prefix = uri.substring(0, split);
        String rest = uri.substring(split);
        boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
        if (reads && !rest.startsWith("/") && !PassedHeaders.isUpgrade(request)) {
            // relative links of the page would lead beside it
            return ApiResponse.of(MOVED_PERMANENTLY, "", NO_BODY).with("Location", prefix + "/" + rest);
        }
        Backend backend =
                locate.apply(request.info().namespace(), request.info().name());
        String path = rest.startsWith("/") ? rest : "/" + rest;
        return new ApiResponse.Tunnelled(
                PassedHeaders.isUpgrade(request)
                        ? UpgradeTunnel.toPod(client, backend, path)
                        : client.passToPod(backend, path, prefix, request.body()));
    }

    /** Where the path that is passed on begins. */
    private static int split(String uri) {
        int at = 0;
        for (int segment = 0; segment < PREFIX_SEGMENTS; segment++) {
            int next = at + 1;
            while (next < uri.length() && uri.charAt(next) != '/' && uri.charAt(next) != '?') {
                next++;
            }
            at = next;
        }
        if (at > uri.length()) {
            throw ApiException.badRequest("the path of a proxy is not whole");
        }
        return at;
    }
}
