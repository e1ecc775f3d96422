package io.kybern.apiserver.admission.policies;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.admission.matching.NamespaceSource;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.registry.CustomKinds;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.SchemaCatalog;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The admission plugins that evaluate policies. */
@Configuration(proxyBeanMethods = false)
public class PolicyPlugins {

    @Bean
    ParamSource policyParams(ResourceRegistry types, StrategyRegistry strategies, WatchCache cache, ObjectStore store) {
        return new ParamSource(types, strategies, cache, store);
    }

    @Bean
    PolicyMatcher policyMatcher(
            RequestMatcher matcher,
            ParamSource params,
            NamespaceSource namespaces,
            ObjectConverter converter,
            Authorization authorization) {
        return new PolicyMatcher(matcher, params, namespaces, converter, authorization);
    }

    @Bean
    @Order(500)
    AdmissionPlugin mutatingAdmissionPolicy(
            WatchCache cache, PolicyMatcher matcher, SchemaCatalog catalog, CustomKinds kinds) {
        return new MutatingAdmissionPolicy(
                new PolicyIndex<>(
                        cache, "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", MutatingPolicy::new),
                matcher,
                kind -> catalog.schema(kind)
                        .or(() -> kinds.find(kind).map(custom -> custom.fields(catalog::definition))));
    }

    @Bean
    @Order(700)
    AdmissionPlugin validatingAdmissionPolicy(WatchCache cache, PolicyMatcher matcher) {
        return new ValidatingAdmissionPolicy(
                new PolicyIndex<>(
                        cache,
                        "validatingadmissionpolicies",
                        "validatingadmissionpolicybindings",
                        ValidatingPolicy::new),
                matcher);
    }
}
