package io.kybern.apiserver.proxy;

import io.kybern.apiserver.request.ApiRequest;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The headers that a proxy passes on, in both directions. */
public final class PassedHeaders {

    /** What belongs to one connection and is not passed on (RFC 9110, section 7.6.1). */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "host",
            "authorization",
            "content-length");

    private PassedHeaders() {}

    /** Whether a request wants to go on in another protocol. */
    public static boolean isUpgrade(ApiRequest request) {
        return request.header("Connection").toLowerCase(Locale.ROOT).contains("upgrade")
                && !request.header("Upgrade").isEmpty();
    }

    /** Adds them. */
    public static void copy(HttpHeaders from, HttpHeaders to) {
        for (Map.Entry<String, String> header : from) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!HOP_BY_HOP.contains(name) && !name.startsWith("x-http2-") && !name.startsWith("impersonate-")) {
                to.add(header.getKey(), header.getValue());
            }
        }
    }

    /** Says how long a request's body is: not every backend understands one that comes in chunks. */
    public static void length(HttpHeaders to, byte[] body) {
        if (body.length > 0) {
            to.set("Content-Length", Integer.toString(body.length));
        }
    }
}
