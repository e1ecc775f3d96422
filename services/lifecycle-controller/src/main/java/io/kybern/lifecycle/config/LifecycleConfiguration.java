package io.kybern.lifecycle.config;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.Config;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.LeaderTask;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.ClientProperties;
import io.kybern.controller.client.Informers;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import io.kybern.lifecycle.adapter.RestNamespaceContent;
import io.kybern.lifecycle.config.QuotaConfiguration.QuotaChanges;
import io.kybern.lifecycle.core.AnyObjects;
import io.kybern.lifecycle.core.CustomTypes;
import io.kybern.lifecycle.core.DefinedType;
import io.kybern.lifecycle.core.GarbageReconciler;
import io.kybern.lifecycle.core.NamespaceDefaultsReconciler;
import io.kybern.lifecycle.core.NamespaceReconciler;
import io.kybern.lifecycle.core.OwnedObject;
import io.kybern.lifecycle.core.quota.MeasuredObject;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Namespaces that go, what every namespace has, and objects without owners; quotas have a configuration of their own. */
@Configuration(proxyBeanMethods = false)
@Import({
    ControllerConfiguration.class,
    QuotaConfiguration.class,
    CertificateConfiguration.class,
    AccountConfiguration.class,
    RangeConfiguration.class
})
public class LifecycleConfiguration {

    private static final String GARBAGE = "garbage_collector_attempt_to_delete";

    @Bean
    Controller namespaceController(Informers informers, ApiClients clients, LeaderElector elector, CustomTypes custom) {
        ResourceRegistry registry = ResourceRegistry.builtIn();
        Informer<Namespace> namespaces = informers.namespaces();
        return Controller.builder("namespace")
                .reconciler(new NamespaceReconciler(
                        namespaces,
                        clients.objects(registry.require("", "v1", "namespaces"), Namespace.class, elector::isLeader),
                        new RestNamespaceContent(clients.kubernetes(), elector::isLeader),
                        () -> Stream.concat(registry.all().stream(), custom.served().stream())
                                .toList(),
                        Clock.systemUTC()))
                .reconciling(namespaces, "Namespace")
                .build();
    }

    @Bean
    Controller namespaceDefaultsController(
            Informers informers, ApiClients clients, LeaderElector elector, ClientProperties properties) {
        ResourceRegistry registry = ResourceRegistry.builtIn();
        NamespaceDefaultsReconciler.Caches caches = new NamespaceDefaultsReconciler.Caches(
                informers.namespaces(), informers.serviceAccounts(), informers.configMaps());
        return Controller.builder("serviceaccount")
                .reconciler(new NamespaceDefaultsReconciler(
                        caches,
                        clients.objects(
                                registry.require("", "v1", "serviceaccounts"), ServiceAccount.class, elector::isLeader),
                        clients.objects(registry.require("", "v1", "configmaps"), ConfigMap.class, elector::isLeader),
                        rootCa(properties)))
                .reconciling(caches.namespaces(), "Namespace")
                .watching(
                        caches.accounts(),
                        "ServiceAccount",
                        change -> namespaceOf(change, NamespaceDefaultsReconciler.ACCOUNT))
                .watching(
                        caches.configMaps(),
                        "ConfigMap",
                        change -> namespaceOf(change, NamespaceDefaultsReconciler.ROOT_CA))
                .build();
    }

    private static Collection<ObjectKey> namespaceOf(ObjectChange<?> change, String name) {
        return change.key().name().equals(name)
                ? List.of(ObjectKey.clusterScoped(change.key().namespace()))
                : List.of();
    }

    /** The kubeconfig names the authority that this process itself trusts. */
    private static String rootCa(ClientProperties properties) {
        String file = Objects.requireNonNull(properties.kubeconfig(), "kybern.kubeconfig is not set");
        String data = Config.fromKubeconfig(new File(file)).getCaCertData();
        return new String(Base64.getDecoder().decode(Objects.requireNonNull(data)), StandardCharsets.UTF_8);
    }

    @Bean
    AnyObjects anyObjects(Informers informers, ApiClients clients, LeaderElector elector) {
        AnyObjects objects = new AnyObjects();
        for (ResourceType type : ResourceRegistry.builtIn().all()) {
            boolean followed = type.verbs().containsAll(Set.of(Verb.LIST, Verb.WATCH, Verb.DELETE, Verb.PATCH))
                    && type.storage().equals(type.groupResource())
                    && !type.gvr().resource().equals("events")
                    && !isOlderVersion(type);
            if (followed) {
                objects.add(new AnyObjects.Entry(
                        type,
                        cache(informers, type).addIndex(AnyObjects.BY_OWNER, AnyObjects::ownerUids),
                        clients.objects(type, OwnedObject.class, elector::isLeader)));
            }
        }
        return objects;
    }

    /** One cache for each type: those that other controllers here read too have their models. */
    private static Informer<? extends HasMetadata> cache(Informers informers, ResourceType type) {
        return switch (type.groupResource().toString()) {
            case "namespaces" -> informers.namespaces();
            case "serviceaccounts" -> informers.serviceAccounts();
            case "configmaps" -> informers.configMaps();
            case "resourcequotas" -> QuotaConfiguration.quotas(informers);
            case "pods", "services", "persistentvolumeclaims" ->
                informers.of("", "v1", type.gvr().resource(), MeasuredObject.class);
            case "certificatesigningrequests.certificates.k8s.io" -> CertificateConfiguration.requests(informers);
            case "clusterroles.rbac.authorization.k8s.io" -> AccountConfiguration.clusterRoles(informers);
            case "servicecidrs.networking.k8s.io" -> RangeConfiguration.ranges(informers);
            case "customresourcedefinitions.apiextensions.k8s.io" -> definitions(informers);
            default ->
                informers.of(
                        type.gvr().group(), type.gvr().version(), type.gvr().resource(), OwnedObject.class);
        };
    }

    private static Informer<DefinedType> definitions(Informers informers) {
        return informers.of("apiextensions.k8s.io", "v1", "customresourcedefinitions", DefinedType.class);
    }

    /** Garbage collection is told of each change in their objects as soon as there is a cache. */
    @Bean
    CustomTypes customTypes(
            Informers informers,
            ApiClients clients,
            LeaderElector elector,
            AnyObjects objects,
            QuotaChanges quotas,
            ObjectProvider<Controller> controllers) {
        informers.followCustom();
        Function<ResourceType, AnyObjects.Entry> follow = type -> {
            Informer<OwnedObject> cache =
                    informers.custom(type, OwnedObject.class).addIndex(AnyObjects.BY_OWNER, AnyObjects::ownerUids);
            AnyObjects.Entry entry =
                    new AnyObjects.Entry(type, cache, clients.objects(type, OwnedObject.class, elector::isLeader));
            Controller collector = named(GARBAGE, controllers);
            Controller quota = named(QuotaConfiguration.QUEUE, controllers);
            cache.onChange(change -> {
                objects.concerned(entry, change).forEach(key -> collector.enqueue(key, type.kind()));
                quotas.of(entry, change).forEach(key -> quota.enqueue(key, type.kind()));
            });
            informers.startCustom();
            return entry;
        };
        CustomTypes custom = new CustomTypes(definitions(informers), objects, follow, informers::forgetCustom);
        definitions(informers).onChange(custom::changed);
        return custom;
    }

    private static Controller named(String name, ObjectProvider<Controller> controllers) {
        return controllers.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isOlderVersion(ResourceType type) {
        return !ResourceRegistry.builtIn()
                .versions(type.gvr().group())
                .getFirst()
                .equals(type.gvr().version());
    }

    @Bean
    Controller garbageCollector(AnyObjects objects, EventRecorders recorders) {
        Controller.Builder builder = Controller.builder(GARBAGE)
                .reconciler(
                        new GarbageReconciler(objects, recorders.of("garbage-collector-controller"), Clock.systemUTC()))
                .workers(10);
        for (AnyObjects.Entry entry : objects.all()) {
            builder.watching(entry.cache(), entry.type().kind(), change -> objects.concerned(entry, change));
        }
        return builder.build();
    }

    /** What lost its owner while no process led is found when one begins to. */
    @Bean
    LeaderTask garbageSweep(AnyObjects objects, Controller garbageCollector) {
        return new LeaderTask() {
            @Override
            public void begin() {
                for (AnyObjects.Entry entry : objects.all()) {
                    objects.all(entry).forEach(key -> garbageCollector.enqueue(key, "start"));
                }
            }

            @Override
            public void end() {
                // the controller stops by itself
            }
        };
    }
}
