package io.kybern.apiserver.endpoints;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.admission.AdmissionChain;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.custom.CustomResources;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ConnectHandlers;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.UnreadableObjects;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.SchemaCatalog;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the verbs and the subresources. */
@Configuration(proxyBeanMethods = false)
public class EndpointsConfiguration {

    @Bean
    AdmissionChain admissionChain(ObjectProvider<AdmissionPlugin> plugins) {
        return new AdmissionChain(plugins.orderedStream().toList());
    }

    @Bean
    ObjectConverter objectConverter(StrategyRegistry strategies) {
        return new VersionConverter(strategies);
    }

    @Bean
    BodyReader bodyReader(SchemaCatalog catalog, CustomResources custom) {
        return new BodyReader(catalog, custom);
    }

    @Bean
    ObjectReader objectReader(WatchCache cache, ObjectStore store, UnreadableObjects unreadable, Clock clock) {
        return new ObjectReader(cache, new Views(clock), store, unreadable);
    }

    @Bean
    ObjectWriter objectWriter(ObjectStore store, AdmissionChain admission, BodyReader bodies, Clock clock) {
        return new ObjectWriter(store, admission, bodies, clock);
    }

    @Bean
    ResourceHandler.Verbs verbs(
            ObjectReader reader,
            ObjectWriter writer,
            WatchCache cache,
            BodyReader bodies,
            Authorization authorization,
            Clock clock) {
        Views views = new Views(clock);
        return new ResourceHandler.Verbs(
                reader,
                new WatchStream(cache, views),
                writer,
                new Deletion(writer, clock),
                bodies,
                views,
                new Applier(writer, bodies, authorization, clock));
    }

    @Bean
    Reviews reviews(
            BodyReader bodies, Authentication authentication, Authorization authorization, RbacAuthorizer rbac) {
        return new Reviews(bodies, authentication, authorization, rbac);
    }

    @Bean
    ConnectHandlers reviewHandlers(Reviews reviews) {
        Map<String, ApiHandler> handlers = new HashMap<>();
        handlers.put("tokenreviews.authentication.k8s.io", reviews::token);
        handlers.put("selfsubjectreviews.authentication.k8s.io", reviews::self);
        handlers.put("selfsubjectaccessreviews.authorization.k8s.io", reviews::selfAccess);
        handlers.put("subjectaccessreviews.authorization.k8s.io", reviews::access);
        handlers.put("localsubjectaccessreviews.authorization.k8s.io", reviews::localAccess);
        handlers.put("selfsubjectrulesreviews.authorization.k8s.io", reviews::selfRules);
        return new ConnectHandlers(handlers);
    }

    @Bean
    ResourceHandler resourceHandler(
            ResourceRegistry registry,
            StrategyRegistry strategies,
            CustomResources custom,
            ResourceHandler.Verbs verbs,
            List<ConnectHandlers> connects,
            SubresourceHandlers subresources) {
        Map<String, ApiHandler> all = new HashMap<>();
        connects.forEach(each -> all.putAll(each.byAddress()));
        return new ResourceHandler(registry, strategies, custom, verbs, all, subresources.byAddress());
    }

    /**
     * The handlers of subresources that are more than a part of the object.
     *
     * @param byAddress by resource and subresource; {@code scale} stands for that of every type
     */
    record SubresourceHandlers(Map<String, SubresourceHandler> byAddress) {}

    @Bean
    SubresourceHandlers subresourceHandlers(
            ResourceHandler.Verbs verbs,
            WatchCache cache,
            ServiceAccountTokens tokens,
            ObjectStore store,
            ObjectLookup objects,
            Clock clock) {
        PodSubresources pods =
                new PodSubresources(verbs.writer(), verbs.bodies(), verbs.views(), clock, verbs.applier());
        Evictions evictions = new Evictions(
                verbs.writer(), verbs.deletion(), verbs.bodies(), new DisruptionGuard(store, cache, clock), clock);
        Map<String, SubresourceHandler> handlers = new HashMap<>();
        handlers.put("scale", new ScaleHandler(verbs.writer(), verbs.bodies(), cache, verbs.applier(), verbs.views()));
        handlers.put("pods/binding", pods::bind);
        handlers.put("pods/eviction", evictions::evict);
        handlers.put("pods/ephemeralcontainers", pods::ephemeral);
        handlers.put("pods/resize", pods::resize);
        handlers.put("namespaces/finalize", new NamespaceFinalizer(verbs.writer(), verbs.bodies(), verbs.views()));
        handlers.put("serviceaccounts/token", new TokenRequests(tokens, objects, verbs.writer(), verbs.bodies()));
        return new SubresourceHandlers(handlers);
    }
}
