package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.Map;
import java.util.Optional;

/** Every namespace has a service account {@code default} and the ConfigMap {@code kube-root-ca.crt}, also after somebody deleted them. */
public final class NamespaceDefaultsReconciler implements Reconciler {

    /** The account that pods have if they name none. */
    public static final String ACCOUNT = "default";

    /** The ConfigMap by which pods know the API server. */
    public static final String ROOT_CA = "kube-root-ca.crt";

    private static final String DATA_KEY = "ca.crt";
    private static final String DESCRIPTION = "kubernetes.io/description";
    private static final String DESCRIPTION_TEXT =
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal"
                    + " service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

    private final Caches caches;
    private final ObjectApi<ServiceAccount> accountApi;
    private final ObjectApi<ConfigMap> configMapApi;
    private final String rootCa;

    /** What is known of the cluster. */
    public record Caches(
            Informer<Namespace> namespaces, Informer<ServiceAccount> accounts, Informer<ConfigMap> configMaps) {}

    /** @param rootCa the certificates that the API server's are signed by, PEM */
    public NamespaceDefaultsReconciler(
            Caches caches, ObjectApi<ServiceAccount> accountApi, ObjectApi<ConfigMap> configMapApi, String rootCa) {
        this.caches = caches;
        this.accountApi = accountApi;
        this.configMapApi = configMapApi;
        this.rootCa = rootCa;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Namespace> namespace = caches.namespaces().get(key).filter(each -> !Owners.isTerminating(each));
        if (namespace.isEmpty()) {
            return Outcome.done();
        }
        try {
            account(key.name());
            configMap(key.name());
        } catch (ApiFailure failure) {
            boolean tooLate = failure.isAlreadyExists() || failure.isNotFound() || failure.isNamespaceTerminating();
            if (!tooLate) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    private void account(String namespace) {
        if (caches.accounts().get(new ObjectKey(namespace, ACCOUNT)).isEmpty()) {
            accountApi.create(new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName(ACCOUNT)
                    .endMetadata()
                    .build());
        }
    }

    private void configMap(String namespace) {
        Map<String, String> data = Map.of(DATA_KEY, rootCa);
        Optional<ConfigMap> present = caches.configMaps().get(new ObjectKey(namespace, ROOT_CA));
        if (present.isEmpty()) {
            configMapApi.create(new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName(ROOT_CA)
                    .addToAnnotations(DESCRIPTION, DESCRIPTION_TEXT)
                    .endMetadata()
                    .withData(data)
                    .build());
        } else if (!data.equals(present.get().getData())) {
            configMapApi.update(
                    new ConfigMapBuilder(present.get()).withData(data).build());
        }
    }
}
