package io.kybern.apiserver.webhooks;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.proxy.ServiceDialer;
import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Posts review objects to webhooks; see "Contacting the webhook" in "Dynamic Admission Control". */
public final class WebhookClient implements AutoCloseable {

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final byte[] NOTHING = new byte[0];

    /** More calls to one webhook at a time wait for each other. */
    private static final int MAX_CONNECTIONS = 100;

    /** Shorter than servers keep idle connections, so that they seldom close one that is just being used. */
    private static final Duration MAX_IDLE = Duration.ofSeconds(20);

    private static final Duration UNUSED = Duration.ofMinutes(2);

    private final ConnectionProvider pool = ConnectionProvider.builder("webhooks")
            .maxConnections(MAX_CONNECTIONS)
            .pendingAcquireMaxCount(-1)
            .maxIdleTime(MAX_IDLE)
            .evictInBackground(MAX_IDLE)
            .disposeInactivePoolsInBackground(UNUSED, UNUSED)
            .build();
    private final ServiceDialer services;
    private final TlsContexts contexts = new TlsContexts();

    /** A client that reaches Services that way. */
    public WebhookClient(ServiceDialer services) {
        this.services = services;
    }

    private record Answer(int code, byte[] body) {}

    /**
     * Posts a review and waits for the answer; for a virtual thread.
     *
     * @param timeout how long all of it may take; the webhook is told
     * @throws WebhookCallException if there is no answer that can be read; the message says {@code failed to call webhook: …}
     */
    public JsonNode post(WebhookTarget target, Duration timeout, JsonNode review) throws WebhookCallException {
        String url = target.url() + "?timeout=" + timeout.toSeconds() + "s";
        Answer answer = answer(target, url, timeout, Json.bytes(review));
        if (answer.code() < OK || answer.code() > PARTIAL_CONTENT) {
            throw WebhookCallException.answered(answer.code(), CallFailure.message(answer.code(), answer.body()));
        }
        try {
            return Json.read(answer.body());
        } catch (JacksonException e) {
            throw WebhookCallException.answered(
                    answer.code(), "couldn't get version/kind; json parse error: " + e.getOriginalMessage());
        }
    }

    /** A webhook may close a connection just when it is used again; that is tried once more on one of its own. */
    private Answer answer(WebhookTarget target, String url, Duration timeout, byte[] body) throws WebhookCallException {
        long start = System.nanoTime();
        try {
            return call(target, url, timeout, body, pool);
        } catch (WebhookCallException e) {
            Duration left = timeout.minusNanos(System.nanoTime() - start);
            if (!CallFailure.isClosedConnection(e.getCause()) || !left.isPositive()) {
                throw e;
            }
            return call(target, url, left, body, ConnectionProvider.newConnection());
        }
    }

    private Answer call(WebhookTarget target, String url, Duration timeout, byte[] body, ConnectionProvider connections)
            throws WebhookCallException {
        SslContext tls = contexts.trusting(target.caBundle());
        URI uri = URI.create(url);
        CompletableFuture<Answer> running;
        try {
            running = connection(target, connections)
                    .secure(spec -> spec.sslContext(tls))
                    .headers(headers -> headers.set("Content-Type", "application/json")
                            .set("Accept", "application/json, */*")
                            .set("User-Agent", "kube-apiserver-admission")
                            .set("Host", uri.getRawAuthority())
                            .set("Content-Length", body.length))
                    .disableRetry(true)
                    .post()
                    .uri(target.service() == null ? url : uri.getRawPath() + "?" + uri.getRawQuery())
                    .send((out, to) -> to.sendByteArray(Mono.just(body)))
                    .responseSingle((response, content) -> content.asByteArray()
                            .defaultIfEmpty(NOTHING)
                            .map(bytes -> new Answer(response.status().code(), bytes)))
                    .timeout(timeout)
                    .toFuture();
        } catch (ApiException e) {
            throw WebhookCallException.failed(url, e.status().message(), e);
        }
        return await(running, url, uri.getHost());
    }

    private HttpClient connection(WebhookTarget target, ConnectionProvider connections) {
        WebhookTarget.Service service = target.service();
        return service == null
                ? HttpClient.create(connections)
                : services.client(service.namespace(), service.name(), service.port(), connections);
    }

    /** Lets go of all connections. */
    @Override
    public void close() {
        pool.dispose();
    }

    private static Answer await(CompletableFuture<Answer> running, String url, String host)
            throws WebhookCallException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw WebhookCallException.failed(url, CallFailure.reason(cause, host), cause);
        } catch (InterruptedException e) {
            running.cancel(true);
            Thread.currentThread().interrupt();
            throw WebhookCallException.failed(url, "context canceled", e);
        }
    }
}
