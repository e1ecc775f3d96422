package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.RecordedCase;
import io.kybern.apiserver.admission.AdmissionChain;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.admission.plugins.PluginConfiguration;
import io.kybern.apiserver.admission.podsecurity.PodSecurityConfiguration;
import io.kybern.apiserver.admission.policies.PolicyPlugins;
import io.kybern.apiserver.admission.webhooks.WebhookPlugins;
import io.kybern.apiserver.authn.JsonWebTokens;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.custom.CustomConfiguration;
import io.kybern.apiserver.custom.CustomResources;
import io.kybern.apiserver.proxy.ServiceDialer;
import io.kybern.apiserver.registry.RegistryConfiguration;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.UnreadableObjects;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchConfiguration;
import io.kybern.schema.OpenApi;
import io.kybern.schema.SchemaCatalog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;

/** Everything that a write passes between HTTP and the store, with a store in memory: decoding, admission, strategies, claims. */
public final class WritesUnderTest implements AutoCloseable {

    private static final UserInfo ADMIN = UserInfo.of("tester", List.of(UserInfo.MASTERS, UserInfo.AUTHENTICATED));

    private static final ServiceDialer NO_SERVICES = (namespace, name, port) -> {
        throw ApiException.serviceUnavailable("service \"%s\" not found".formatted(name), 0);
    };

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final ResourceHandler handler;

    /** The reply, if it is a good one. */
    public static Reply made(Reply reply) {
        assertThat(reply.code()).as(reply.text()).isLessThan(300);
        return reply;
    }

    public WritesUnderTest() {
        this(NO_SERVICES);
    }

    /** With Services that webhooks can be reached at. */
    public WritesUnderTest(ServiceDialer services) {
        this(services, new InMemoryStore());
    }

    private WritesUnderTest(ServiceDialer services, InMemoryStore backend) {
        this(services, backend.objectStore(), backend);
    }

    /** On a store of the test's own. */
    public WritesUnderTest(ObjectStore store, EventLog log) {
        this(NO_SERVICES, store, log);
    }

    private WritesUnderTest(ServiceDialer services, ObjectStore store, EventLog log) {
        Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
        context.registerBean(Clock.class, () -> clock);
        context.registerBean(EventLog.class, () -> log);
        context.registerBean(ObjectStore.class, () -> store);
        context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
        ResourceRegistry registry = ResourceRegistry.builtIn();
        context.registerBean(ResourceRegistry.class, () -> registry);
        context.registerBean(OpenApi.class, () -> new OpenApi(SchemaCatalog.builtIn(), registry));
        context.register(
                WatchConfiguration.class,
                RegistryConfiguration.class,
                CustomConfiguration.class,
                PluginConfiguration.class,
                PodSecurityConfiguration.class,
                WebhookPlugins.class,
                PolicyPlugins.class,
                Lookups.class);
        context.registerBean(SchemaCatalog.class, SchemaCatalog::builtIn);
        context.registerBean(ServiceDialer.class, () -> services);
        context.refresh();
        CustomResources custom = context.getBean(CustomResources.class);
        BodyReader bodies = new BodyReader(SchemaCatalog.builtIn(), custom);
        AdmissionChain admission = new AdmissionChain(
                context.getBeanProvider(AdmissionPlugin.class).orderedStream().toList());
        Views views = new Views(clock);
        WatchCache cache = context.getBean(WatchCache.class);
        ObjectWriter writer = new ObjectWriter(context.getBean(ObjectStore.class), admission, bodies, clock);
        Applier applier = new Applier(writer, bodies, context.getBean(Authorization.class), clock);
        ResourceHandler.Verbs verbs = new ResourceHandler.Verbs(
                new ObjectReader(cache, views, context.getBean(ObjectStore.class), new UnreadableObjects()),
                new WatchStream(cache, views),
                writer,
                new Deletion(writer, clock),
                bodies,
                views,
                applier);
        DisruptionGuard guard = new DisruptionGuard(context.getBean(ObjectStore.class), cache, clock);
        Evictions evictions = new Evictions(writer, verbs.deletion(), bodies, guard, clock);
        PodSubresources pods = new PodSubresources(writer, bodies, views, clock, applier);
        handler = new ResourceHandler(
                context.getBean(ResourceRegistry.class),
                context.getBean(StrategyRegistry.class),
                custom,
                verbs,
                Map.of(),
                Map.of(
                        "scale",
                        new ScaleHandler(writer, bodies, cache, applier, views),
                        "pods/eviction",
                        evictions::evict,
                        "pods/binding",
                        pods::bind,
                        "pods/resize",
                        pods::resize,
                        "pods/ephemeralcontainers",
                        pods::ephemeral,
                        "serviceaccounts/token",
                        new TokenRequests(tokens(clock), context.getBean(ObjectLookup.class), writer, bodies)));
    }

    private ServiceAccountTokens tokens(Clock clock) {
        return new ServiceAccountTokens(
                Signing.KEYS, Signing.ISSUER, List.of(Signing.ISSUER), context.getBean(ObjectLookup.class), clock);
    }

    /** Keys take a while to make, and few tests need them. */
    private static final class Signing {

        static final String ISSUER = "https://kubernetes.default.svc";
        static final JsonWebTokens KEYS = keys();

        private static JsonWebTokens keys() {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(2048);
                KeyPair pair = generator.generateKeyPair();
                return new JsonWebTokens(pair.getPrivate(), pair.getPublic());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** What admission looks up. */
    @Configuration(proxyBeanMethods = false)
    static class Lookups {

        /** Never older than the last write, so that what comes next does not depend on how fast the cache is. */
        @Bean
        ObjectLookup objectLookup(WatchCache cache) {
            return (resource, key) -> cache.snapshot(resource, RevisionRequest.latest())
                    .join()
                    .get(key)
                    .<JsonNode>map(found -> found.tree());
        }

        @Bean
        ObjectConverter objectConverter(StrategyRegistry strategies) {
            return new VersionConverter(strategies);
        }

        @Bean(initMethod = "start")
        RbacAuthorizer rbacAuthorizer(WatchCache cache) {
            return new RbacAuthorizer(cache);
        }

        @Bean
        Authorization authorization(RbacAuthorizer rbac) {
            return new Authorization(List.of(rbac));
        }
    }

    /** Plays the request of a case; answers how the reply differs, nothing if it does not. */
    public List<String> play(RecordedCase each) {
        JsonNode request = each.request();
        Reply reply = answer(
                ADMIN,
                request.path("method").asString(),
                request.path("path").asString(),
                request.path("type").asString("application/json"),
                each.body());
        return each.differences(reply.code(), reply.text());
    }

    /**
     * An answer.
     *
     * @param code the HTTP status
     * @param text the body
     * @param warnings what goes with it
     */
    public record Reply(int code, String text, List<String> warnings) {

        /** The body. */
        public JsonNode body() {
            return Json.read(text);
        }

        /** The message of a {@code Status}. */
        public String message() {
            return body().path("message").asString("");
        }
    }

    /** Creates something as somebody who may do everything. */
    public Reply create(String path, String json) {
        return create(ADMIN, path, json);
    }

    /** Creates something as a user whom authorization has let pass. */
    public Reply create(UserInfo user, String path, String json) {
        return answer(user, "POST", path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** Merges into an object, as a user whom authorization has let pass. */
    public Reply merge(UserInfo user, String path, String json) {
        return answer(user, "PATCH", path, "application/merge-patch+json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** Merges into an object as somebody who may do everything. */
    public Reply merge(String path, String json) {
        return merge(ADMIN, path, json);
    }

    /** Sends any request as somebody who may do everything. */
    public Reply send(String method, String path, String type, String body) {
        return answer(ADMIN, method, path, type, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Replaces an object as somebody who may do everything. */
    public Reply update(String path, String json) {
        return send("PUT", path, "application/json", json);
    }

    /** Reads an object or a list as somebody who may do everything. */
    public Reply get(String path) {
        return send("GET", path, "application/json", "");
    }

    /** Deletes an object as somebody who may do everything. */
    public Reply delete(String path) {
        return answer(ADMIN, "DELETE", path, "application/json", new byte[0]);
    }

    /** What the write path itself works with. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** The published documents. */
    public OpenApi documents() {
        return context.getBean(OpenApi.class);
    }

    /** Waits until what was written is known to whatever reads from the cache without asking the store. */
    public void settle() {
        ObjectStore store = context.getBean(ObjectStore.class);
        context.getBean(WatchCache.class)
                .snapshot(
                        new GroupResource("", "namespaces"),
                        RevisionRequest.atLeast(store.currentRevision().join()))
                .join();
    }

    /** Sends any bytes as somebody who may do everything; answers the HTTP status. */
    int code(String method, String path, String type, byte[] body) {
        HttpHeaders headers = new DefaultHttpHeaders().add("Content-Type", type);
        try {
            return handler.handle(new ApiRequest(ApiRequest.Line.of(method, path), headers, body, ADMIN))
                    .code();
        } catch (ApiException e) {
            return e.status().code();
        }
    }

    private Reply answer(UserInfo user, String method, String path, String type, byte[] body) {
        HttpHeaders headers = new DefaultHttpHeaders().add("Content-Type", type);
        ApiRequest request = new ApiRequest(ApiRequest.Line.of(method, path), headers, body, user);
        try {
            ApiResponse.Complete reply = (ApiResponse.Complete) handler.handle(request);
            return new Reply(reply.code(), new String(reply.body(), StandardCharsets.UTF_8), request.warnings());
        } catch (ApiException e) {
            return new Reply(e.status().code(), Json.string(e.status().toJson()), request.warnings());
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
