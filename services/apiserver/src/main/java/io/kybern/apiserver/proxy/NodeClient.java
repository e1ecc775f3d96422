package io.kybern.apiserver.proxy;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.apiserver.request.ApiResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;

/** Talks to the APIs of nodes over TLS, as the user that nodes let in. */
final class NodeClient {

    private static final Logger log = LoggerFactory.getLogger(NodeClient.class);
    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** Pages of up to 9,999,999 bytes have their links changed. */
    private static final int PAGE_DIGITS = 7;

    private final SslContext tls;

    /** Shows the certificate, and trusts the authority. */
    NodeClient(Path certificate, Path key, Path authority) {
        try {
            tls = SslContextBuilder.forClient()
                    .keyManager(certificate.toFile(), key.toFile())
                    .trustManager(authority.toFile())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("cannot use the certificate for nodes " + certificate, e);
        }
    }

    SslContext tls() {
        return tls;
    }

    /** Makes TLS check that the certificate has the name that was connected to. */
    static void checkName(SslHandler handler) {
        SSLParameters parameters = handler.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        handler.engine().setSSLParameters(parameters);
    }

    /** Passes a request on and its answer back, as it comes. */
    ApiResponse.Tunnel pass(NodeAddress address, String path, byte[] body) {
        return (request, response) -> client(address)
                .headers(headers -> {
                    PassedHeaders.copy(request.requestHeaders(), headers);
                    PassedHeaders.length(headers, body);
                })
                .request(HttpMethod.valueOf(request.method().name()))
                .uri(path)
                .send((out, to) -> body.length == 0 ? Mono.empty() : to.sendByteArray(Mono.just(body)))
                .response((answer, content) -> back(answer, response, content.retain()))
                .then()
                .onErrorResume(error -> failed(address.node(), request, response, error));
    }

    /**
     * Passes a request for a pod's logs on and the answer back, as it comes; what the node refuses becomes a {@code Status} with the
     * node's words. Who asks for a WebSocket gets messages.
     */
    ApiResponse.Tunnel logs(NodeAddress address, String path, String pod) {
        return (request, response) -> client(address)
                .get()
                .uri(path)
                .response((answer, content) -> {
                    if (!isGood(answer)) {
                        return refused(answer, content, pod, response);
                    }
                    return LogMessages.wanted(request)
                            ? LogMessages.send(request, response, content.retain())
                            : back(answer, response, content.retain());
                })
                .then()
                .onErrorResume(error -> failed(address.node(), request, response, error));
    }

    /**
     * Passes a request on to a pod and its answer back, as it comes; links of pages and redirections lead through the proxy again.
     *
     * @param prefix the path of the proxy
     */
    ApiResponse.Tunnel passToPod(Backend backend, String path, String prefix, byte[] body) {
        LinkRewriter links = new LinkRewriter(prefix, backend.hostAndPort());
        return (request, response) -> podClient(backend)
                .headers(headers -> {
                    PassedHeaders.copy(request.requestHeaders(), headers);
                    PassedHeaders.length(headers, body);
                    // pages must come readable
                    headers.remove("Accept-Encoding");
                    headers.set("X-Forwarded-Uri", prefix + path)
                            .set("X-Forwarded-Host", request.requestHeaders().get("Host", ""))
                            .set("X-Forwarded-Proto", "https");
                })
                .request(HttpMethod.valueOf(request.method().name()))
                .uri(path)
                .send((out, to) -> body.length == 0 ? Mono.empty() : to.sendByteArray(Mono.just(body)))
                .response((answer, content) -> through(answer, response, content, links))
                .then()
                .onErrorResume(error -> unreached(backend, response, error));
    }

    private static Publisher<Void> through(
            HttpClientResponse answer, HttpServerResponse response, ByteBufFlux content, LinkRewriter links) {
        response.status(answer.status());
        PassedHeaders.copy(answer.responseHeaders(), response.responseHeaders());
        String location = answer.responseHeaders().get("Location");
        if (location != null) {
            response.responseHeaders().set("Location", links.link(location));
        }
        if (!isPage(answer.responseHeaders())) {
            return response.send(content.retain(), buffer -> true);
        }
        return content.aggregate()
                .asString(StandardCharsets.UTF_8)
                .defaultIfEmpty("")
                .flatMap(html -> response.sendString(Mono.just(links.page(html)), StandardCharsets.UTF_8)
                        .then());
    }

    /** Whether it is a whole page in clear text, of a size that is worth looking through. */
    private static boolean isPage(HttpHeaders headers) {
        String length = headers.get("Content-Length", "");
        return headers.get("Content-Type", "").startsWith("text/html")
                && !headers.contains("Content-Encoding")
                && length.chars().allMatch(Character::isDigit)
                && !length.isEmpty()
                && length.length() <= PAGE_DIGITS;
    }

    private HttpClient podClient(Backend backend) {
        HttpClient plain = HttpClient.create(ConnectionProvider.newConnection())
                .remoteAddress(() -> new InetSocketAddress(backend.ip(), backend.port()))
                .doOnChannelInit((observer, channel, address) -> PodTunnel.add(channel, backend, this));
        return backend.secure() ? plain.secure(spec -> spec.sslContext(unchecked())) : plain;
    }

    /** TLS that takes any certificate. */
    static SslContext unchecked() {
        try {
            return SslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("no TLS at all", e);
        }
    }

    private static Mono<Void> unreached(Backend backend, HttpServerResponse response, Throwable error) {
        log.atInfo()
                .addKeyValue("pod", backend.namespace() + "/" + backend.pod())
                .addKeyValue("port", backend.port())
                .addKeyValue("error", String.valueOf(error.getMessage()))
                .log("A request could not be passed on to its pod");
        return response.hasSentHeaders()
                ? Mono.empty()
                : send(
                        ApiException.serviceUnavailable("error trying to reach service: " + error.getMessage(), 0),
                        response);
    }

    /** Reads a page of a node as a whole; fails with what the node answered instead, or after the time. */
    Mono<byte[]> page(NodeAddress address, String path, Duration atMost) {
        return client(address)
                .get()
                .uri(path)
                .responseSingle((answer, content) -> answer.status().code() == HttpResponseStatus.OK.code()
                        ? content.asByteArray()
                        : Mono.error(ApiException.internal(
                                "node %s answered %s".formatted(address.node(), answer.status()), null)))
                .timeout(atMost);
    }

    private static boolean isGood(HttpClientResponse answer) {
        return answer.status().code() >= HttpResponseStatus.OK.code()
                && answer.status().code() <= HttpResponseStatus.PARTIAL_CONTENT.code();
    }

    private static Publisher<Void> refused(
            HttpClientResponse answer, ByteBufFlux content, String pod, HttpServerResponse response) {
        return content.aggregate()
                .asString(StandardCharsets.UTF_8)
                .defaultIfEmpty("")
                .flatMap(text -> send(refusal(answer.status().code(), text, pod), response));
    }

    private static ApiException refusal(int code, String text, String pod) {
        return switch (code) {
            case 400 -> ApiException.badRequest(text);
            case 404 ->
                ApiException.of(new Status(
                        code,
                        "NotFound",
                        "the server could not find the requested resource (%s)".formatted(text),
                        new Status.Details(pod, "", "pods", "", List.of(), 0)));
            default -> ApiException.internal(text, null);
        };
    }

    private HttpClient client(NodeAddress address) {
        return HttpClient.create(ConnectionProvider.newConnection())
                .remoteAddress(address::socketAddress)
                .option(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis())
                .secure(spec -> spec.sslContext(tls).handlerConfigurator(NodeClient::checkName));
    }

    private static Publisher<Void> back(
            HttpClientResponse answer, HttpServerResponse response, Publisher<io.netty.buffer.ByteBuf> content) {
        response.status(answer.status());
        PassedHeaders.copy(answer.responseHeaders(), response.responseHeaders());
        return response.send(content, buffer -> true);
    }

    /** Tells the client that the node was not reached, unless an answer has begun. */
    static Mono<Void> failed(String node, HttpServerRequest request, HttpServerResponse response, Throwable error) {
        log.atInfo()
                .addKeyValue("node", node)
                .addKeyValue("uri", request.uri())
                .addKeyValue("error", String.valueOf(error.getMessage()))
                .log("A request could not be passed on to its node");
        if (response.hasSentHeaders()) {
            return Mono.empty();
        }
        return send(ApiException.internal("error dialing backend: " + error.getMessage(), null), response);
    }

    private static Mono<Void> send(ApiException refused, HttpServerResponse response) {
        byte[] body = Json.bytes(refused.status().toJson());
        return response.status(refused.status().code())
                .header("Content-Type", "application/json")
                .header("Content-Length", Integer.toString(body.length))
                .sendByteArray(Mono.just(body))
                .then();
    }

    /** Headers that are not passed on in an upgrade: who asks is settled here. */
    static boolean staysHere(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return List.of("host", "authorization").contains(name)
                || name.startsWith("impersonate-")
                || name.startsWith("x-http2-");
    }
}
