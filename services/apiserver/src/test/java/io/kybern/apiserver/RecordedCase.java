package io.kybern.apiserver;

import io.kybern.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A request and what it must be answered: a file of {@code src/test/resources/cases} is a list of them, played in order. A field
 * that the answer does not name is not compared, a value like {@code <uid>} stands for any; {@code differs} says why the answer
 * is not the one that Kubernetes 1.20 was recorded to give; of a message with several lines the first counts.
 */
public record RecordedCase(String name, JsonNode request, JsonNode answer, boolean setUp) {

    /** The cases of a file. */
    public static List<RecordedCase> read(String file) {
        try (InputStream in = RecordedCase.class.getResourceAsStream("/cases/" + file)) {
            List<RecordedCase> cases = new ArrayList<>();
            for (JsonNode each : Json.read(in.readAllBytes())) {
                cases.add(new RecordedCase(
                        each.path("name").asString(),
                        each.path("request"),
                        each.path("answer"),
                        each.path("setUp").asBoolean(false)));
            }
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Plays the request; answers how the reply differs, nothing if it does not. */
    List<String> play(ApiServerUnderTest server) {
        HttpRequest.Builder builder = server.request(request.path("path").asString());
        header(builder, "Content-Type", "type");
        header(builder, "Accept", "accept");
        builder.method(request.path("method").asString(), HttpRequest.BodyPublishers.ofByteArray(body()));
        HttpResponse<String> reply = server.send(builder);
        return differences(reply.statusCode(), reply.body());
    }

    /** How a reply differs from what it must be; nothing if it does not. */
    public List<String> differences(int code, String body) {
        List<String> differences = new ArrayList<>();
        if (setUp) {
            // a whole server has given the first address to the service default/kubernetes, as is to be set up
            if (code >= 300 && !body.contains("provided IP is already allocated")) {
                differences.add(code + " " + body);
            }
            return differences;
        }
        if (code != answer.path("code").asInt()) {
            differences.add(
                    "code " + code + " instead of " + answer.path("code").asInt() + ": " + body);
        } else if (answer.has("body")) {
            compare("", answer.get("body"), parsed(body), differences);
        }
        return differences;
    }

    private void header(HttpRequest.Builder builder, String header, String field) {
        if (request.has(field)) {
            builder.header(header, request.path(field).asString());
        }
    }

    /** The bytes that are sent; none if the request has no body. */
    public byte[] body() {
        if (request.has("raw")) {
            return request.path("raw").asString().getBytes(StandardCharsets.UTF_8);
        }
        return request.has("body") ? Json.bytes(request.get("body")) : new byte[0];
    }

    private static JsonNode parsed(String body) {
        try {
            return Json.read(body);
        } catch (JacksonException e) {
            return Json.mapper().valueToTree(body);
        }
    }

    private static void compare(String path, JsonNode wanted, JsonNode given, List<String> differences) {
        if (wanted.isObject()) {
            for (Map.Entry<String, JsonNode> field : wanted.properties()) {
                compare(path + "." + field.getKey(), field.getValue(), given.path(field.getKey()), differences);
            }
        } else if (wanted.isArray()) {
            if (wanted.size() != given.size()) {
                differences.add(path + " is " + given + " instead of " + wanted);
                return;
            }
            for (int i = 0; i < wanted.size(); i++) {
                compare(path + "[" + i + "]", wanted.get(i), given.get(i), differences);
            }
        } else if (!isAny(wanted) && !firstLine(wanted).equals(firstLine(given))) {
            differences.add(path + " is " + given + " instead of " + wanted);
        } else if (isAny(wanted) && given.isMissingNode()) {
            differences.add(path + " is missing");
        }
    }

    private static boolean isAny(JsonNode wanted) {
        return wanted.isString() && wanted.asString().matches("<[A-Za-z]+>");
    }

    private static String firstLine(JsonNode value) {
        return value.isString() ? value.asString().lines().findFirst().orElse("") : value.toString();
    }

    @Override
    public String toString() {
        return name;
    }
}
