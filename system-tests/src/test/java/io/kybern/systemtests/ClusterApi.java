package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** A plain HTTP client of the whole API, for what kubectl does not ask or does not show. */
final class ClusterApi implements AutoCloseable {

    static final String MERGE = "application/merge-patch+json";
    static final String STRATEGIC = "application/strategic-merge-patch+json";
    static final String JSON_PATCH = "application/json-patch+json";
    static final String APPLY = "application/apply-patch+yaml";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final HttpClient client;
    private final String server;
    private final String token;
    private final String binding;

    /** What the server said. */
    record Answer(int code, HttpHeaders headers, String text) {

        /** The body; missing if it is no JSON. */
        JsonNode body() {
            try {
                return JSON.readTree(text);
            } catch (JacksonException e) {
                return MissingNode.getInstance();
            }
        }

        /** One field of the body as text; empty if it is not there. */
        String at(String pointer) {
            return body().at(pointer).asString("");
        }

        /** Itself, if it is a good one. */
        Answer ok() {
            if (code / 100 != 2) {
                throw CommandError.of("%d: %s", code, text);
            }
            return this;
        }

        /** The names of the items of a list. */
        List<String> names() {
            return ok().body()
                    .path("items")
                    .valueStream()
                    .map(each -> each.at("/metadata/name").asString(""))
                    .toList();
        }
    }

    private ClusterApi(HttpClient client, String server, String token, String binding) {
        this.client = client;
        this.server = server;
        this.token = token;
        this.binding = binding;
    }

    /** Makes an account in the namespace that may do everything, until this is closed. */
    static ClusterApi open(Kubectl kubectl) {
        String namespace = kubectl.namespace();
        kubectl.run("create", "serviceaccount", "everything");
        kubectl.run(
                "create",
                "clusterrolebinding",
                namespace,
                "--clusterrole=cluster-admin",
                "--serviceaccount=" + namespace + ":everything");
        String token = kubectl.run("create", "token", "everything");
        ClusterApi api = new ClusterApi(
                ApiSession.client(kubectl, LIMIT), ApiSession.setting(kubectl, "server"), token, namespace);
        ClusterTest.eventually("the account may do everything")
                .until(() -> api.get("/api/v1/nodes").code() == 200);
        return api;
    }

    /** The same cluster for the owner of another token; goes with this one. */
    ClusterApi as(String otherToken) {
        return new ClusterApi(client, server, otherToken, binding);
    }

    Answer get(String path) {
        return send("GET", path, "", "");
    }

    /** Reads in a format. */
    Answer get(String path, String accept) {
        return send(request(path).header("Accept", accept));
    }

    /** Creates what is written in YAML or JSON. */
    Answer post(String path, String body) {
        return send("POST", path, "application/yaml", body);
    }

    /** Creates, and asks for a format of the answer. */
    Answer post(String path, String body, String accept) {
        return send(request(path)
                .header("Content-Type", "application/yaml")
                .header("Accept", accept)
                .POST(BodyPublishers.ofString(body)));
    }

    Answer put(String path, JsonNode object) {
        return send("PUT", path, "application/json", object.toString());
    }

    /** Patches, in one of the kinds above. */
    Answer patch(String path, String kind, String body) {
        return send("PATCH", path, kind, body);
    }

    Answer delete(String path) {
        return send("DELETE", path, "", "");
    }

    /** Deletes with options, such as {@code {propagationPolicy: Orphan}}. */
    Answer delete(String path, String options) {
        return send("DELETE", path, "application/yaml", options);
    }

    /** Sends anything that is not a stream. */
    Answer send(String method, String path, String type, String body) {
        HttpRequest.Builder request = request(path);
        if (!body.isEmpty()) {
            request.header("Content-Type", type);
        }
        return send(request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = client.send(request.timeout(LIMIT).build(), BodyHandlers.ofString(UTF_8));
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The lines of an answer that does not end by itself; close it. */
    Stream<String> stream(String path) {
        try {
            return client.send(request(path).build(), BodyHandlers.ofLines()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server + path)).header("Authorization", "Bearer " + token);
    }

    @Override
    public void close() {
        client.shutdownNow();
        new Kubectl("default").run("delete", "clusterrolebinding", binding, "--ignore-not-found");
    }
}
