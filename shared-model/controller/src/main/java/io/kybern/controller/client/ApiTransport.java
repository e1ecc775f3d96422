package io.kybern.controller.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URL;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request and waits for its answer. Repeats it, after a growing pause, if that cannot do harm: a read always, a
 * write only if it certainly had no effect (no connection, or the server was too busy).
 */
final class ApiTransport {

    /** The header with the revision of a write, for answers that carry no object. */
    static final String REVISION_HEADER = "Kybern-Revision";

    private static final ObjectMapper STATUS_READER = new ObjectMapper();
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final HttpClient http;
    private final String server;
    private final ClientProperties.Client how;
    private final Semaphore concurrent;

    ApiTransport(HttpClient http, URL server, ClientProperties.Client how, Semaphore concurrent) {
        this.http = http;
        String url = server.toString();
        this.server = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.how = how;
        this.concurrent = concurrent;
    }

    /**
     * One request.
     *
     * @param method the HTTP method
     * @param path from the root of the server, with its query
     * @param contentType of the body, null if there is none
     * @param body null if there is none
     */
    record Call(
            String method,
            String path,
            @Nullable String contentType,
            @Nullable String body) {
        static Call get(String path) {
            return new Call("GET", path, null, null);
        }

        boolean reads() {
            return method.equals("GET");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /**
     * A successful answer.
     *
     * @param body the body, may be empty
     * @param revision what the revision header says, 0 if it is absent
     */
    record Answer(byte[] body, long revision) {}

    int pageSize() {
        return how.pageSize();
    }

    Answer send(Call call) {
        for (int attempt = 0; ; attempt++) {
            ApiFailure failure;
            try {
                return sendOnce(call);
            } catch (ApiFailure f) {
                failure = f;
            }
            if (attempt >= how.retries() || !mayRepeat(call, failure)) {
                throw failure;
            }
            pause(call, attempt, failure.retryAfter());
        }
    }

    private Answer sendOnce(Call call) {
        HttpRequest.Builder request = http.newHttpRequestBuilder().uri(server + call.path());
        request.header("Accept", "application/json");
        if (call.body() != null) {
            request.method(call.method(), call.contentType(), call.body());
        } else if (!call.reads()) {
            request.method(call.method(), "application/json", "");
        }
        CompletableFuture<HttpResponse<byte[]>> pending = null;
        boolean permit = false;
        try {
            concurrent.acquire();
            permit = true;
            pending = http.sendAsync(request.build(), byte[].class);
            HttpResponse<byte[]> response = pending.get(how.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
            byte[] body = response.body() == null ? new byte[0] : response.body();
            if (!response.isSuccessful()) {
                throw failure(call, response, body);
            }
            return new Answer(body, ObjectKeys.revision(response.header(REVISION_HEADER)));
        } catch (InterruptedException e) {
            cancel(pending);
            Thread.currentThread().interrupt();
            throw ApiFailure.unreachable(call.toString(), e);
        } catch (TimeoutException e) {
            cancel(pending);
            throw ApiFailure.unreachable(call.toString(), e);
        } catch (ExecutionException e) {
            throw ApiFailure.unreachable(call.toString(), e.getCause() == null ? e : e.getCause());
        } finally {
            if (permit) {
                concurrent.release();
            }
        }
    }

    private static void cancel(@Nullable CompletableFuture<?> pending) {
        if (pending != null) {
            pending.cancel(true);
        }
    }

    private static boolean mayRepeat(Call call, ApiFailure failure) {
        if (Thread.currentThread().isInterrupted()) {
            return false;
        }
        if (failure.isUnreachable()) {
            return call.reads() || neverSent(failure);
        }
        return failure.code() == 429 || call.reads() && failure.code() >= 500;
    }

    private static boolean neverSent(Throwable failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private void pause(Call call, int attempt, @Nullable Duration asked) {
        Duration pause = asked != null ? asked : how.retryInterval().multipliedBy(1L << attempt);
        if (pause.compareTo(LONGEST_PAUSE) > 0) {
            pause = LONGEST_PAUSE;
        }
        try {
            Pause.of(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiFailure.unreachable(call.toString(), e);
        }
    }

    private static ApiFailure failure(Call call, HttpResponse<?> response, byte[] body) {
        String reason = "";
        String message = call + ": HTTP " + response.code();
        Duration retryAfter = seconds(response.header("Retry-After"));
        try {
            JsonNode status = STATUS_READER.readTree(body);
            if (status != null && status.path("kind").asText().equals("Status")) {
                reason = status.path("reason").asText();
                message = status.path("message").asText(message);
            }
        } catch (IOException e) {
            message += ": " + new String(body, 0, Math.min(body.length, 200), StandardCharsets.UTF_8);
        }
        return ApiFailure.answered(response.code(), reason, message, retryAfter);
    }

    private static @Nullable Duration seconds(@Nullable String header) {
        try {
            return header == null ? null : Duration.ofSeconds(Long.parseLong(header.strip()));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
