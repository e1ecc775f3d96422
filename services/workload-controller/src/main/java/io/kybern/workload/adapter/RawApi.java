package io.kybern.workload.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;

/** Requests for paths whose types are known only when they are asked for. */
final class RawApi {

    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final ObjectMapper mapper = new ObjectMapper();

    RawApi(KubernetesClient client) {
        this.client = client;
    }

    /** The server's words for a refusal, or why there is no answer. */
    static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        private Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What is at a path; empty if nothing is. */
    Optional<JsonNode> get(String path) throws Refused {
        try {
            String body = client.raw(path);
            return body == null ? Optional.empty() : Optional.of(mapper.readTree(body));
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw refused(e);
        } catch (JsonProcessingException e) {
            throw new Refused("the answer to GET " + path + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Replaces what is at a path. */
    void put(String path, String json) throws Refused {
        try {
            client.raw(path, "PUT", json);
        } catch (KubernetesClientException e) {
            throw refused(e);
        }
    }

    /** Takes away what is at a path; nothing is fine. */
    void delete(String path) throws Refused {
        try {
            client.raw(path, "DELETE", null);
        } catch (KubernetesClientException e) {
            if (e.getCode() != NOT_FOUND) {
                throw refused(e);
            }
        }
    }

    /** The plural of a kind among the resources that a group version tells of; empty if it is not there. */
    static Optional<String> plural(JsonNode resources, String kind) {
        for (JsonNode resource : resources.path("resources")) {
            String name = resource.path("name").asText();
            if (resource.path("kind").asText().equals(kind) && !name.contains("/")) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    JsonNode read(String json) {
        try {
            return mapper.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + json, e);
        }
    }

    private static Refused refused(KubernetesClientException e) {
        String words = e.getStatus() == null ? null : e.getStatus().getMessage();
        return new Refused(words == null ? String.valueOf(e.getMessage()) : words, e);
    }
}
