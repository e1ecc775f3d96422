package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.RecordedCase;
import io.kybern.apiserver.admission.AdmissionChain;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.plugins.PluginConfiguration;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.registry.RegistryConfiguration;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchConfiguration;
import io.kybern.schema.SchemaCatalog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
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

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final ResourceHandler handler;

    public WritesUnderTest() {
        Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
        InMemoryStore backend = new InMemoryStore();
        context.registerBean(Clock.class, () -> clock);
        context.registerBean(EventLog.class, () -> backend);
        context.registerBean(ObjectStore.class, backend::objectStore);
        context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
        context.register(WatchConfiguration.class, RegistryConfiguration.class, PluginConfiguration.class, Lookups.class);
        context.refresh();
        BodyReader bodies = new BodyReader(SchemaCatalog.builtIn());
        AdmissionChain admission = new AdmissionChain(
                context.getBeanProvider(AdmissionPlugin.class).orderedStream().toList());
        Views views = new Views(clock);
        WatchCache cache = context.getBean(WatchCache.class);
        ObjectWriter writer = new ObjectWriter(context.getBean(ObjectStore.class), admission, bodies, clock);
        ResourceHandler.Verbs verbs = new ResourceHandler.Verbs(
                new ObjectReader(cache, views),
                new WatchStream(cache, views),
                writer,
                new Deletion(writer, clock),
                bodies,
                views);
        handler = new ResourceHandler(
                ResourceRegistry.builtIn(), context.getBean(StrategyRegistry.class), verbs, Map.of(), Map.of());
    }

    /** What admission looks up. */
    @Configuration(proxyBeanMethods = false)
    static class Lookups {

        /** Never older than the last write, so that what comes next does not depend on how fast the cache is. */
        @Bean
        ObjectLookup objectLookup(WatchCache cache) {
            return (resource, key) ->
                    cache.snapshot(resource, RevisionRequest.latest()).join().get(key).<JsonNode>map(found -> found.tree());
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
        return answer(
                request.path("method").asString(),
                request.path("path").asString(),
                request.path("type").asString("application/json"),
                each.body(),
                each::differences);
    }

    /** Creates what a test stands on. */
    public void create(String path, String json) {
        answer("POST", path, "application/json", json.getBytes(StandardCharsets.UTF_8), (code, body) -> {
            if (code >= 300) {
                throw new AssertionError(code + " " + body);
            }
            return List.of();
        });
    }

    private List<String> answer(String method, String path, String type, byte[] body, Check check) {
        HttpHeaders headers = new DefaultHttpHeaders().add("Content-Type", type);
        ApiRequest request = new ApiRequest(ApiRequest.Line.of(method, path), headers, body, ADMIN);
        try {
            ApiResponse.Complete reply = (ApiResponse.Complete) handler.handle(request);
            return check.differences(reply.code(), new String(reply.body(), StandardCharsets.UTF_8));
        } catch (ApiException e) {
            return check.differences(e.status().code(), Json.string(e.status().toJson()));
        }
    }

    /** Compares a reply with what it must be. */
    @FunctionalInterface
    private interface Check {
        List<String> differences(int code, String body);
    }

    @Override
    public void close() {
        context.close();
    }
}
