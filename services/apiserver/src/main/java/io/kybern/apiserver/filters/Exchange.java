package io.kybern.apiserver.filters;

import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.apiserver.audit.Audit;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A request with what is known of it before it is answered, and what it takes that others need.
 *
 * @param body what its sender sends besides the head
 * @param visit its place among those in flight
 * @param auditId its id, as the client chose it or by chance
 */
record Exchange(
        HttpServerRequest request,
        HttpServerResponse response,
        ApiRequest.Line line,
        RequestBody body,
        InFlight.Visit visit,
        String auditId,
        long startNanos) {

    private static final int MAX_AUDIT_ID = 64;
    private static final byte[] NO_BODY = new byte[0];

    static Exchange begin(
            HttpServerRequest request,
            HttpServerResponse response,
            ApiRequest.Line line,
            RequestBody body,
            InFlight.Visit visit) {
        String given = request.requestHeaders().get("Audit-ID", "");
        String auditId = given.isEmpty() ? UUID.randomUUID().toString() : given;
        response.header("Audit-Id", auditId);
        return new Exchange(request, response, line, body, visit, auditId, System.nanoTime());
    }

    HttpHeaders headers() {
        return request.requestHeaders();
    }

    /** The connection, or the stream on it. */
    Channel channel() {
        return channel(request);
    }

    private static Channel channel(HttpServerRequest request) {
        List<Channel> channel = new ArrayList<>(1);
        request.withConnection(connection -> channel.add(connection.channel()));
        return channel.getFirst();
    }

    /** Whether it came by HTTP/2, as one of many on its connection. The headers do not tell: a client may send what it likes. */
    static boolean isStream(HttpServerRequest request) {
        return channel(request) instanceof Http2StreamChannel;
    }

    /** Whether answering may take as long as the client likes. */
    boolean lasts() {
        return line.info().longRunning(line.query());
    }

    /** A client may choose its audit id, and choose a long one: the log shows so much as Kubernetes' log does. */
    String shownAuditId() {
        return auditId.length() <= MAX_AUDIT_ID ? auditId : auditId.substring(0, MAX_AUDIT_ID);
    }

    /** What the audit wants to know of it. */
    Audit.Arrival arrival() {
        List<String> sources = new ArrayList<>();
        for (String each : headers().get("X-Forwarded-For", "").split(",", -1)) {
            if (!each.isBlank()) {
                sources.add(each.strip());
            }
        }
        @Nullable InetSocketAddress peer = request.remoteAddress();
        if (peer != null && peer.getAddress() != null) {
            sources.add(peer.getAddress().getHostAddress());
        }
        return new Audit.Arrival(auditId, line, sources, headers().get("User-Agent", ""));
    }

    /** The answer that says why there is no other. */
    ApiResponse failure(ApiException e) {
        Status status = e.status();
        ApiRequest asked = new ApiRequest(line, headers(), NO_BODY, UserInfo.anonymous());
        ApiResponse.Complete answer = Negotiation.representationOrJson(asked, Negotiation.Offer.OBJECTS)
                .answer(status.code(), status.toJson());
        return status.retryAfterSeconds() > 0
                ? answer.with("Retry-After", Integer.toString(status.retryAfterSeconds()))
                : answer;
    }

    /** Nothing comes after the answer on this connection; a stream of HTTP/2 ends by itself. */
    void endConnection() {
        if (!isStream(request)) {
            response.header("Connection", "close");
        }
    }
}
