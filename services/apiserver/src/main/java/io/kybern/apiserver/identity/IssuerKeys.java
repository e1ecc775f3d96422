package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The keys of one issuer, found by its discovery document, and asked for again when a token names a key that is not known. */
final class IssuerKeys {

    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** Unknown keys do not make the issuer be asked more often than this: anybody can make up a token. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final int OK = 200;

    private final String issuer;
    private final URI discovery;
    private final HttpClient client;
    private final Clock clock;
    private volatile JwkSet keys = JwkSet.EMPTY;
    private Instant asked = Instant.MIN;

    IssuerKeys(String issuer, URI discovery, HttpClient client, Clock clock) {
        this.issuer = issuer;
        this.discovery = discovery;
        this.client = client;
        this.clock = clock;
    }

    /** The keys, with the one of that id if the issuer has it. */
    JwkSet with(String id) {
        JwkSet known = keys;
        return known.knows(id) ? known : refresh(id);
    }

    /**
     * The keys after those that a token does not fit: an issuer that names no keys in its tokens, or gives new keys old names, changes
     * them unseen.
     */
    synchronized JwkSet after(JwkSet unfit) {
        return keys == unfit ? ask() : keys;
    }

    private synchronized JwkSet refresh(String id) {
        return keys.knows(id) ? keys : ask();
    }

    private JwkSet ask() {
        if (asked.isAfter(clock.instant().minus(PAUSE))) {
            return keys;
        }
        asked = clock.instant();
        try {
            JsonNode document = get(discovery);
            if (!document.path("issuer").asString("").equals(issuer)) {
                throw new IOException("the discovery document is that of another issuer: " + document.path("issuer"));
            }
            keys = JwkSet.of(get(URI.create(document.path("jwks_uri").asString(""))));
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            log.atWarn().addKeyValue("issuer", issuer).setCause(e).log("The keys of an issuer cannot be had");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return keys;
    }

    private JsonNode get(URI uri) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != OK) {
            throw new IOException(uri + " answered " + answer.statusCode());
        }
        return Json.read(answer.body());
    }
}
