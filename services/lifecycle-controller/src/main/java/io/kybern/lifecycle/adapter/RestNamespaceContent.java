package io.kybern.lifecycle.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import io.kybern.controller.client.ApiFailure;
import io.kybern.lifecycle.core.NamespaceContent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Collections over HTTP, by the paths of the registry. */
public final class RestNamespaceContent implements NamespaceContent {

    private static final String API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";

    private final KubernetesClient client;
    private final BooleanSupplier mayWrite;
    private final ObjectMapper mapper = new ObjectMapper();

    /** @param mayWrite asked before each write, such as whether the service leads */
    public RestNamespaceContent(KubernetesClient client, BooleanSupplier mayWrite) {
        this.client = client;
        this.mayWrite = mayWrite;
    }

    private static String path(ResourceType type, String namespace) {
        return type.gvr().prefix() + "/namespaces/" + namespace + "/"
                + type.gvr().resource();
    }

    @Override
    public void deleteAll(ResourceType type, String namespace) {
        if (!type.verbs().contains(Verb.DELETECOLLECTION)) {
            deleteEach(path(type, namespace));
            return;
        }
        String options = "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"}";
        write(() -> client.raw(path(type, namespace), "DELETE", options), "DELETE " + path(type, namespace));
    }

    private void deleteEach(String path) {
        for (JsonNode item : read(path).path("items")) {
            String each = path + "/" + item.path("metadata").path("name").asText();
            write(() -> client.raw(each, "DELETE", null), "DELETE " + each);
        }
    }

    @Override
    public Others others() {
        List<ResourceType> types = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (JsonNode service : read(API_SERVICES).path("items")) {
            JsonNode spec = service.path("spec");
            if (spec.path("service").isObject()) {
                String group = spec.path("group").asText();
                String version = spec.path("version").asText();
                try {
                    read("/apis/" + group + "/" + version).path("resources").forEach(each -> type(group, version, each)
                            .ifPresent(types::add));
                } catch (ApiFailure failure) {
                    failures.add("%s/%s: %s".formatted(group, version, failure.getMessage()));
                }
            }
        }
        return new Others(types, failures);
    }

    private static Optional<ResourceType> type(String group, String version, JsonNode resource) {
        String name = resource.path("name").asText();
        if (name.contains("/")) {
            return Optional.empty();
        }
        EnumSet<Verb> verbs = EnumSet.noneOf(Verb.class);
        for (JsonNode verb : resource.path("verbs")) {
            Arrays.stream(Verb.values())
                    .filter(each -> each.wireName().equals(verb.asText()))
                    .forEach(verbs::add);
        }
        return Optional.of(new ResourceType(
                new GroupVersionResource(group, version, name),
                resource.path("kind").asText(),
                resource.path("namespaced").asBoolean(),
                List.of(),
                List.of(),
                verbs,
                Map.of(),
                new GroupResource(group, name)));
    }

    @Override
    public Remaining remaining(ResourceType type, String namespace) {
        JsonNode list = read(path(type, namespace) + "?limit=100");
        long count = list.path("items").size()
                + list.path("metadata").path("remainingItemCount").asLong(0);
        List<String> finalizers = new ArrayList<>();
        for (JsonNode item : list.path("items")) {
            for (JsonNode finalizer : item.path("metadata").path("finalizers")) {
                if (!finalizers.contains(finalizer.asText())) {
                    finalizers.add(finalizer.asText());
                }
            }
        }
        return new Remaining(count, finalizers);
    }

    @Override
    public void finalizeNamespace(String namespace) {
        String path = "/api/v1/namespaces/" + namespace;
        JsonNode object = read(path);
        ArrayNode others = mapper.createArrayNode();
        for (JsonNode finalizer : object.path("spec").path("finalizers")) {
            if (!finalizer.asText().equals("kubernetes")) {
                others.add(finalizer);
            }
        }
        ((ObjectNode) object).withObject("/spec").set("finalizers", others);
        write(() -> client.raw(path + "/finalize", "PUT", object.toString()), "PUT " + path + "/finalize");
    }

    private JsonNode read(String path) {
        try {
            String body = client.raw(path);
            return mapper.readTree(body == null ? "{}" : body);
        } catch (KubernetesClientException e) {
            throw ApiFailure.of("GET " + path, e);
        } catch (JsonProcessingException e) {
            throw ApiFailure.unreachable("GET " + path, e);
        }
    }

    private void write(Runnable request, String name) {
        if (!mayWrite.getAsBoolean()) {
            throw ApiFailure.notLeading(name);
        }
        try {
            request.run();
        } catch (KubernetesClientException e) {
            throw ApiFailure.of(name, e);
        }
    }
}
