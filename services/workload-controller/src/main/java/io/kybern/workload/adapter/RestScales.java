package io.kybern.workload.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.api.GroupResource;
import io.kybern.controller.client.ApiFailure;
import io.kybern.workload.core.disruption.Scales;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds an owner's resource by discovery, and asks its scale subresource. */
public final class RestScales implements Scales {

    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final ObjectMapper mapper = new ObjectMapper();

    public RestScales(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public OptionalInt replicas(String namespace, OwnerReference owner) {
        String version = owner.getApiVersion();
        int slash = version.indexOf('/');
        String prefix = slash < 0 ? "/api/" + version : "/apis/" + version;
        Optional<JsonNode> resources = read(prefix);
        if (resources.isEmpty()) {
            return OptionalInt.empty();
        }
        String plural = RawApi.plural(resources.get(), owner.getKind()).orElse("");
        if (plural.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!hasScale(resources.get(), plural)) {
            throw NoScale.of(new GroupResource(slash < 0 ? "" : version.substring(0, slash), plural).toString());
        }
        return read("%s/namespaces/%s/%s/%s/scale".formatted(prefix, namespace, plural, owner.getName()))
                .map(scale -> OptionalInt.of(scale.path("spec").path("replicas").asInt(0)))
                .orElse(OptionalInt.empty());
    }

    private static boolean hasScale(JsonNode resources, String plural) {
        for (JsonNode resource : resources.path("resources")) {
            if (resource.path("name").asText().equals(plural + "/scale")) {
                return true;
            }
        }
        return false;
    }

    private Optional<JsonNode> read(String path) {
        try {
            String body = client.raw(path);
            return body == null ? Optional.empty() : Optional.of(mapper.readTree(body));
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw ApiFailure.of("GET " + path, e);
        } catch (JsonProcessingException e) {
            throw ApiFailure.unreachable("GET " + path, e);
        }
    }
}
