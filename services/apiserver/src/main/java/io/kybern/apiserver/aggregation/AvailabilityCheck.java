package io.kybern.apiserver.aggregation;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.discovery.OpenApiParts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Looks whether an aggregated API can be reached, and what it has. */
final class AvailabilityCheck {

    private static final GroupResource SERVICES = new GroupResource("", "services");
    private static final GroupResource ENDPOINTS = new GroupResource("", "endpoints");

    /** As long as Kubernetes waits. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int OK = 200;
    private static final int MULTIPLE_CHOICES = 300;

    /** May read everything, so that the answer says only whether the server works. */
    private static final UserInfo AGGREGATOR = UserInfo.of("system:kube-aggregator", List.of(UserInfo.MASTERS));

    private final ObjectLookup objects;
    private final FrontProxy proxy;

    AvailabilityCheck(ObjectLookup objects, FrontProxy proxy) {
        this.objects = objects;
        this.proxy = proxy;
    }

    /**
     * What was found.
     *
     * @param learned what the server has; null if it gave no list of its resources
     */
    record Result(Availability availability, RemoteDiscovery.@Nullable Learned learned) {}

    private record Answer(int code, byte[] body) {}

    /** Looks; for a virtual thread. */
    Result check(RemoteApi api) {
        Optional<Availability> missing = missing(api.service());
        return missing.isPresent() ? new Result(missing.get(), null) : ask(api);
    }

    private Optional<Availability> missing(RemoteApi.Service reference) {
        String what = "service/%s in \"%s\"".formatted(reference.name(), reference.namespace());
        ObjectKey key = new ObjectKey(reference.namespace(), reference.name());
        Optional<JsonNode> service = objects.find(SERVICES, key);
        if (service.isEmpty()) {
            return Optional.of(Availability.missing("ServiceNotFound", what + " is not present"));
        }
        JsonNode spec = service.get().path("spec");
        if (!spec.path("type").asString("ClusterIP").equals("ClusterIP")) {
            return Optional.empty();
        }
        for (JsonNode port : spec.path("ports")) {
            if (port.path("port").asInt(0) == reference.port()) {
                return missingEndpoints(key, what, port.path("name").asString(""));
            }
        }
        return Optional.of(Availability.missing(
                "ServicePortError", "%s is not listening on port %d".formatted(what, reference.port())));
    }

    private Optional<Availability> missingEndpoints(ObjectKey key, String what, String port) {
        Optional<JsonNode> endpoints = objects.find(ENDPOINTS, key);
        if (endpoints.isEmpty()) {
            return Optional.of(Availability.missing("EndpointsNotFound", "cannot find endpointslices for " + what));
        }
        for (JsonNode subset : endpoints.get().path("subsets")) {
            for (JsonNode each : subset.path("ports")) {
                if (each.path("name").asString("").equals(port)
                        && !subset.path("addresses").isEmpty()) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(Availability.missing(
                "MissingEndpoints",
                "endpointslices for %s have no addresses with port name \"%s\"".formatted(what, port)));
    }

    private Result ask(RemoteApi api) {
        String path = "/apis/" + api.groupVersion();
        String url = "https://%s.%s.svc:%d%s"
                .formatted(
                        api.service().name(),
                        api.service().namespace(),
                        api.service().port(),
                        path);
        try {
            Answer answer = get(api, path);
            if (answer.code() < OK || answer.code() >= MULTIPLE_CHOICES) {
                return failed(url, "bad status from %s: %d".formatted(url, answer.code()));
            }
            JsonNode resources = resources(answer.body());
            return new Result(
                    Availability.PASSED,
                    resources == null ? null : new RemoteDiscovery.Learned(resources, openApi(api), openApiV2(api)));
        } catch (ApiException e) {
            return failed(url, e.status().message());
        } catch (SSLException e) {
            return failed(url, String.valueOf(e.getMessage()));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return cause instanceof TimeoutException
                    ? failed(url, "Get \"%s\": context deadline exceeded".formatted(url))
                    : failed(url, "Get \"%s\": %s".formatted(url, cause.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(url, "context canceled");
        }
    }

    /** Servers without OpenAPI 3 are as good as others. */
    private String openApi(RemoteApi api) throws SSLException, InterruptedException {
        try {
            Answer index = get(api, "/openapi/v3");
            return index.code() == OK
                    ? Json.read(index.body())
                            .path("paths")
                            .path("apis/" + api.groupVersion())
                            .path("serverRelativeURL")
                            .asString("")
                    : "";
        } catch (ExecutionException | JacksonException e) {
            return "";
        }
    }

    private JsonNode openApiV2(RemoteApi api) throws SSLException, InterruptedException {
        try {
            Answer document = get(api, "/openapi/v2");
            return document.code() == OK
                    ? OpenApiParts.of(Json.read(document.body()), "/apis/" + api.groupVersion())
                    : MissingNode.getInstance();
        } catch (ExecutionException | JacksonException e) {
            return MissingNode.getInstance();
        }
    }

    private Answer get(RemoteApi api, String path) throws SSLException, ExecutionException, InterruptedException {
        return proxy.client(api.service(), RemoteApi.Trust.ANYONE)
                .headers(headers -> {
                    FrontProxy.name(AGGREGATOR, headers);
                    headers.set("Accept", "application/json");
                })
                .get()
                .uri(path)
                .responseSingle((response, content) -> content.asByteArray()
                        .defaultIfEmpty(new byte[0])
                        .map(bytes -> new Answer(response.status().code(), bytes)))
                .timeout(PATIENCE)
                .toFuture()
                .get();
    }

    private static Result failed(String url, String why) {
        return new Result(
                Availability.missing(
                        "FailedDiscoveryCheck", "failing or missing response from %s: %s".formatted(url, why)),
                null);
    }

    private static @Nullable JsonNode resources(byte[] body) {
        try {
            JsonNode list = Json.read(body);
            return list.path("resources").isArray() ? list : null;
        } catch (JacksonException e) {
            return null;
        }
    }
}
