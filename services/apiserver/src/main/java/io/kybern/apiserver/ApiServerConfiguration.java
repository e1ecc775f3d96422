package io.kybern.apiserver;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.plugins.AccountTokenSecrets;
import io.kybern.apiserver.admission.plugins.ClusterReader;
import io.kybern.apiserver.aggregation.Aggregation;
import io.kybern.apiserver.audit.Audit;
import io.kybern.apiserver.audit.AuditProperties;
import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authn.BootstrapTokens;
import io.kybern.apiserver.authn.ClientCertificates;
import io.kybern.apiserver.authn.JsonWebTokens;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.PemFiles;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.authn.StaticTokens;
import io.kybern.apiserver.authn.TokenAuthenticator;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.authz.NodeAuthorizer;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.custom.CustomResources;
import io.kybern.apiserver.discovery.DiscoveryHandler;
import io.kybern.apiserver.discovery.HealthHandler;
import io.kybern.apiserver.discovery.OpenApiHandler;
import io.kybern.apiserver.discovery.OpenIdHandler;
import io.kybern.apiserver.discovery.RemoteGroups;
import io.kybern.apiserver.discovery.VersionHandler;
import io.kybern.apiserver.endpoints.ResourceHandler;
import io.kybern.apiserver.filters.ApiListener;
import io.kybern.apiserver.filters.Guards;
import io.kybern.apiserver.filters.Router;
import io.kybern.apiserver.flowcontrol.DanglingSchemas;
import io.kybern.apiserver.flowcontrol.FlowControl;
import io.kybern.apiserver.identity.AuthenticationFile;
import io.kybern.apiserver.identity.WebhookAuthorizer;
import io.kybern.apiserver.identity.WebhookTokens;
import io.kybern.apiserver.metrics.MetricsApi;
import io.kybern.apiserver.registry.RegistryProperties;
import io.kybern.apiserver.registry.StoredTypes;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.OpenApi;
import io.kybern.schema.SchemaCatalog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;

/** Wires the request path: listener, authentication, authorization, and what answers which path. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ApiServerProperties.class, AuditProperties.class})
public class ApiServerConfiguration {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    ResourceRegistry resourceRegistry() {
        return ResourceRegistry.builtIn();
    }

    @Bean
    SchemaCatalog schemaCatalog() {
        return SchemaCatalog.builtIn();
    }

    @Bean
    ObjectLookup objectLookup(WatchCache cache) {
        return (resource, key) ->
                cache.snapshot(resource, RevisionRequest.any()).join().get(key).<JsonNode>map(found -> found.tree());
    }

    @Bean
    ServiceAccountTokens serviceAccountTokens(ApiServerProperties properties, ObjectLookup objects, Clock clock) {
        Path pki = properties.pkiDirectory();
        JsonWebTokens tokens = new JsonWebTokens(
                PemFiles.privateKey(pki.resolve("sa.key"), "RSA"), PemFiles.publicKey(pki.resolve("sa.pub"), "RSA"));
        return new ServiceAccountTokens(tokens, properties.issuer(), properties.audiences(), objects, clock);
    }

    @Bean
    Authentication authentication(
            ApiServerProperties properties, ServiceAccountTokens tokens, ObjectLookup objects, Clock clock) {
        StaticTokens fixed =
                properties.tokenFile() == null ? StaticTokens.none() : StaticTokens.read(properties.tokenFile());
        List<TokenAuthenticator> others = new ArrayList<>(List.of(new BootstrapTokens(objects, clock)));
        if (properties.authenticationConfig() != null) {
            others.addAll(AuthenticationFile.read(properties.authenticationConfig(), clock));
        }
        if (properties.authenticationWebhook() != null) {
            others.add(WebhookTokens.read(properties.authenticationWebhook(), clock));
        }
        return new Authentication(
                new ClientCertificates(
                        PemFiles.certificates(properties.pkiDirectory().resolve("ca.crt"))),
                fixed,
                others,
                tokens,
                properties.anonymous());
    }

    @Bean
    @Order(25)
    AdmissionPlugin accountTokenSecrets(
            ApiServerProperties properties, ClusterReader cluster, ServiceAccountTokens tokens) {
        return new AccountTokenSecrets(
                cluster, tokens, PemFiles.text(properties.pkiDirectory().resolve("ca.crt")));
    }

    @Bean(initMethod = "start")
    RbacAuthorizer rbacAuthorizer(WatchCache cache) {
        return new RbacAuthorizer(cache);
    }

    @Bean
    Authorization authorization(WatchCache cache, RbacAuthorizer rbac, ApiServerProperties properties, Clock clock) {
        List<Authorizer> authorizers = new ArrayList<>(List.of(new NodeAuthorizer(cache, rbac), rbac));
        if (properties.authorizationWebhook() != null) {
            authorizers.add(WebhookAuthorizer.read(properties.authorizationWebhook(), clock));
        }
        return new Authorization(authorizers);
    }

    @Bean(initMethod = "start")
    FlowControl flowControl(
            WatchCache cache,
            ApiServerProperties properties,
            MeterRegistry meters,
            ObjectStore store,
            ResourceRegistry registry,
            Clock clock) {
        return new FlowControl(
                cache,
                properties.maxRequestsInFlight() + properties.maxMutatingRequestsInFlight(),
                meters,
                new DanglingSchemas(store, registry, clock));
    }

    @Bean
    OpenApi openApi(SchemaCatalog catalog, ResourceRegistry registry) {
        return new OpenApi(catalog, registry);
    }

    /** The documents are made when the server is up, so that neither its start nor its first client waits for them. */
    @Bean
    ApplicationRunner openApiPreparation(OpenApi documents) {
        return arguments -> Thread.ofPlatform().daemon().name("openapi").start(documents::prepare);
    }

    @Bean
    DiscoveryHandler discoveryHandler(
            ResourceRegistry registry, RemoteGroups remote, CustomResources custom, ApiServerProperties properties) {
        StoredTypes builtIn = new StoredTypes(registry);
        return new DiscoveryHandler(
                registry,
                remote,
                type -> custom.stored(type).orElseGet(() -> builtIn.of(type)),
                AdvertisedAddress.of(properties) + ":" + properties.port());
    }

    @Bean
    OpenApiHandler openApiHandler(OpenApi documents, RemoteGroups remote, Clock clock) {
        return new OpenApiHandler(documents, remote, clock);
    }

    @Bean
    Router router(
            ResourceHandler resources,
            CustomResources custom,
            DiscoveryHandler discovery,
            OpenApiHandler openApi,
            Aggregation aggregation,
            MetricsApi metrics,
            ServiceAccountTokens tokens,
            WatchCache cache,
            PrometheusMeterRegistry meters) {
        Map<String, ApiHandler> paths = new HashMap<>();
        paths.put("/api", discovery);
        paths.put("/apis", discovery);
        paths.put("/version", new VersionHandler());
        Map<String, Supplier<String>> alive = new LinkedHashMap<>();
        alive.put("ping", () -> "");
        alive.put("log", () -> "");
        Map<String, Supplier<String>> ready = new LinkedHashMap<>(alive);
        ready.put("watch-cache", () -> cache.isReady() ? "" : "the watch cache does not hold the store yet");
        List<String> further = new ArrayList<>();
        for (HealthHandler health : List.of(
                new HealthHandler("livez", alive),
                new HealthHandler("readyz", ready),
                new HealthHandler("healthz", ready))) {
            List<String> own = health.paths().toList();
            paths.put(own.getFirst(), health);
            further.addAll(own);
        }
        paths.put(
                "/metrics",
                request -> ApiResponse.of(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        meters.scrape().getBytes(StandardCharsets.UTF_8)));
        paths.put("/openapi/v2", openApi);
        paths.put("/openapi/v3", openApi);
        ApiHandler openId = new OpenIdHandler(tokens);
        paths.put("/.well-known/openid-configuration", openId);
        paths.put("/openid/v1/jwks", openId);
        return new Router(
                request -> aggregation.handle(request).or(() -> metrics.handle(request)),
                resources,
                custom::refresh,
                paths,
                () -> Stream.concat(further.stream(), discovery.paths().stream())
                        .toList());
    }

    @Bean
    Audit audit(AuditProperties properties, Clock clock, MeterRegistry meters) {
        return Audit.of(properties, clock, meters);
    }

    @Bean
    Guards guards(Authentication authentication, Audit audit, FlowControl flowControl, Authorization authorization) {
        return new Guards(authentication, audit, flowControl, authorization);
    }

    @Bean
    ApiListener apiListener(ApiServerProperties properties, Guards guards, Router router, MeterRegistry meters) {
        Path pki = properties.pkiDirectory();
        ApiListener.Settings settings = new ApiListener.Settings(
                properties.host(),
                properties.port(),
                pki.resolve("apiserver.crt"),
                pki.resolve("apiserver.key"),
                pki.resolve("ca.crt"),
                properties.maxRequestsInFlight(),
                properties.maxMutatingRequestsInFlight(),
                properties.bodyPatience());
        return new ApiListener(settings, guards, router, meters);
    }

    @Bean
    SelfPublisher selfPublisher(
            ObjectStore store,
            WatchCache cache,
            ObjectLookup objects,
            ResourceRegistry registry,
            ApiServerProperties properties,
            RegistryProperties ranges,
            Clock clock) {
        // the first objects need not wait for the cache
        ObjectLookup known = (resource, key) -> cache.isReady() ? objects.find(resource, key) : Optional.empty();
        return new SelfPublisher(store, known, registry, properties, ranges, clock);
    }
}
