package io.kybern.apiserver.webhooks;

import io.kybern.api.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.client.PrematureCloseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Words for what went wrong in a call, as clients of Kubernetes know them. */
final class CallFailure {

    private CallFailure() {}

    /** Why there was no answer. */
    static String reason(Throwable error, String host) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            Optional<String> known = known(each, host);
            if (known.isPresent()) {
                return known.get();
            }
        }
        return String.valueOf(error.getMessage());
    }

    /** Whether the other side has closed the connection before it answered. */
    static boolean isClosedConnection(@Nullable Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            String text = String.valueOf(each.getMessage());
            boolean reset =
                    each instanceof IOException && (text.contains("Connection reset") || text.contains("Broken pipe"));
            if (reset
                    || each instanceof PrematureCloseException
                    || each instanceof AbortedException
                    || each instanceof ClosedChannelException) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> known(Throwable error, String host) {
        String text = String.valueOf(error.getMessage());
        return switch (error) {
            case TimeoutException e -> Optional.of("context deadline exceeded");
            case io.netty.handler.timeout.TimeoutException e -> Optional.of("context deadline exceeded");
            case UnknownHostException e -> Optional.of("dial tcp: lookup %s: no such host".formatted(host));
            case ConnectException e -> Optional.of("dial tcp: connect: connection refused");
            case CertificateExpiredException e ->
                Optional.of(unverified("certificate has expired or is not yet valid"));
            case CertificateNotYetValidException e ->
                Optional.of(unverified("certificate has expired or is not yet valid"));
            case SSLException e
            when text.contains("PKIX path") && !text.contains("validity") ->
                Optional.of(unverified("certificate signed by unknown authority"));
            case SSLException e
            when text.contains("No subject alternative") || text.contains("No name matching") ->
                Optional.of(unverified("certificate is not valid for %s".formatted(host)));
            default -> Optional.empty();
        };
    }

    private static String unverified(String why) {
        return "tls: failed to verify certificate: x509: " + why;
    }

    /** What an answer that is no success says. */
    static String message(int code, byte[] body) {
        Optional<String> own = statusMessage(body);
        if (own.isPresent()) {
            return own.get();
        }
        String text = new String(body, StandardCharsets.UTF_8).strip();
        return switch (code) {
            case 400 -> "the server rejected our request for an unknown reason";
            case 401 -> "the server has asked for the client to provide credentials";
            case 403 -> text;
            case 404 -> "the server could not find the requested resource";
            case 405 -> "the server does not allow this method on the requested resource";
            case 415 -> "the server responded with the status code 415 but did not return more information";
            case 429 -> "the server has received too many requests and has asked us to try again later";
            case 503 -> "the server is currently unable to handle the request";
            case 504 ->
                "the server was unable to return a response in the time allotted, but may still be processing the request";
            default ->
                code >= 500
                        ? "an error on the server (%s) has prevented the request from succeeding"
                                .formatted(Json.string(Json.mapper().valueToTree(text)))
                        : "the server responded with the status code %d but did not return more information"
                                .formatted(code);
        };
    }

    private static Optional<String> statusMessage(byte[] body) {
        try {
            JsonNode status = Json.read(body);
            String message = status.path("message").asString("");
            return status.path("kind").asString("").equals("Status") && !message.isEmpty()
                    ? Optional.of(message)
                    : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
