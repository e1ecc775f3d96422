package io.kybern.lifecycle.config;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.controller.Controller;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.events.Informer;
import io.kybern.lifecycle.core.OwnedObject;
import io.kybern.lifecycle.core.accounts.AccountTokenReconciler;
import io.kybern.lifecycle.core.accounts.ClusterInfoReconciler;
import io.kybern.lifecycle.core.accounts.RoleAggregationReconciler;
import io.kybern.lifecycle.core.accounts.TokenCleaningReconciler;
import io.kybern.lifecycle.core.accounts.TokenSecretReconciler;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The controllers of what gives access: Secrets of service accounts, aggregated roles, tokens by which nodes join. */
@Configuration(proxyBeanMethods = false)
class AccountConfiguration {

    private static final String RBAC = "rbac.authorization.k8s.io";

    /** The cache of cluster roles. */
    static Informer<ClusterRole> clusterRoles(Informers informers) {
        return informers.of(RBAC, "v1", "clusterroles", ClusterRole.class);
    }

    private static Informer<OwnedObject> secrets(Informers informers) {
        return informers.of("", "v1", "secrets", OwnedObject.class);
    }

    private static <T extends HasMetadata> ObjectApi<T> api(
            ApiClients clients, LeaderElector elector, String group, String resource, Class<T> model) {
        return clients.objects(ResourceRegistry.builtIn().require(group, "v1", resource), model, elector::isLeader);
    }

    @Bean
    Controller roleAggregationController(Informers informers, ApiClients clients, LeaderElector elector) {
        Informer<ClusterRole> roles = clusterRoles(informers);
        RoleAggregationReconciler reconciler =
                new RoleAggregationReconciler(roles, api(clients, elector, RBAC, "clusterroles", ClusterRole.class));
        return Controller.builder("clusterrole-aggregation")
                .reconciler(reconciler)
                .watching(roles, "ClusterRole", change -> reconciler.aggregated())
                .build();
    }

    @Bean
    Controller tokenSecretController(Informers informers, ApiClients clients, LeaderElector elector) {
        TokenSecretReconciler reconciler = new TokenSecretReconciler(
                secrets(informers),
                api(clients, elector, "", "secrets", Secret.class),
                api(clients, elector, "", "serviceaccounts", ServiceAccount.class));
        return Controller.builder("serviceaccount_tokens_secret")
                .reconciler(reconciler)
                .reconciling(secrets(informers), "Secret")
                .watching(informers.serviceAccounts(), "ServiceAccount", change -> reconciler.of(change.key()))
                .build();
    }

    @Bean
    Controller accountTokenController(
            Informers informers, ApiClients clients, LeaderElector elector, LifecycleProperties properties) {
        AccountTokenReconciler reconciler = new AccountTokenReconciler(
                informers.serviceAccounts(),
                api(clients, elector, "", "serviceaccounts", ServiceAccount.class),
                api(clients, elector, "", "secrets", Secret.class));
        return Controller.builder("serviceaccount_tokens_service")
                .reconciler(reconciler)
                .watching(
                        informers.serviceAccounts(),
                        "ServiceAccount",
                        change -> properties.accountTokens() ? List.of(change.key()) : List.<ObjectKey>of())
                .build();
    }

    @Bean
    Controller bootstrapTokenCleaner(Informers informers, ApiClients clients, LeaderElector elector) {
        return Controller.builder("token_cleaner")
                .reconciler(new TokenCleaningReconciler(
                        api(clients, elector, "", "secrets", Secret.class), Clock.systemUTC()))
                .watching(
                        secrets(informers),
                        "Secret",
                        change -> TokenCleaningReconciler.concerns(change.key())
                                ? List.of(change.key())
                                : List.<ObjectKey>of())
                .build();
    }

    @Bean
    Controller clusterInfoSigner(Informers informers, ApiClients clients, LeaderElector elector) {
        return Controller.builder("bootstrap_signer_queue")
                .reconciler(new ClusterInfoReconciler(
                        informers.configMaps(),
                        secrets(informers),
                        api(clients, elector, "", "configmaps", ConfigMap.class),
                        api(clients, elector, "", "secrets", Secret.class),
                        Clock.systemUTC()))
                .watching(
                        informers.configMaps(),
                        "ConfigMap",
                        change -> change.key().equals(ClusterInfoReconciler.KEY)
                                ? List.of(change.key())
                                : List.<ObjectKey>of())
                .watching(
                        secrets(informers),
                        "Secret",
                        change -> TokenCleaningReconciler.concerns(change.key())
                                ? List.of(ClusterInfoReconciler.KEY)
                                : List.<ObjectKey>of())
                .build();
    }
}
