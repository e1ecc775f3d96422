package io.kybern.node.objects;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the API server, under the node's own name. */
public final class ApiReferencedObjects implements ReferencedObjects {

    private final KubernetesClient client;
    private final Function<String, Collection<Service>> services;

    /** @param services the Services of a namespace, from what the node has heard */
    public ApiReferencedObjects(KubernetesClient client, Function<String, Collection<Service>> services) {
        this.client = client;
        this.services = services;
    }

    @Override
    public Optional<ConfigMap> configMap(String namespace, String name) throws ObjectUnavailableException {
        try {
            return Optional.ofNullable(
                    client.configMaps().inNamespace(namespace).withName(name).get());
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.reading("configmap", namespace, name, e);
        }
    }

    @Override
    public Optional<Secret> secret(String namespace, String name) throws ObjectUnavailableException {
        try {
            return Optional.ofNullable(
                    client.secrets().inNamespace(namespace).withName(name).get());
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.reading("secret", namespace, name, e);
        }
    }

    @Override
    public Optional<PersistentVolumeClaim> claim(String namespace, String name) throws ObjectUnavailableException {
        try {
            return Optional.ofNullable(client.persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(name)
                    .get());
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.reading("persistentvolumeclaim", namespace, name, e);
        }
    }

    @Override
    public Optional<PersistentVolume> persistentVolume(String name) throws ObjectUnavailableException {
        try {
            return Optional.ofNullable(client.persistentVolumes().withName(name).get());
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.reading("persistentvolume", "", name, e);
        }
    }

    @Override
    public Optional<String> runtimeHandler(String runtimeClass) throws ObjectUnavailableException {
        try {
            return Optional.ofNullable(client.resources(RuntimeClass.class)
                            .withName(runtimeClass)
                            .get())
                    .map(RuntimeClass::getHandler);
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.reading("runtimeclass", "", runtimeClass, e);
        }
    }

    @Override
    public Collection<Service> services(String namespace) {
        return services.apply(namespace);
    }

    @Override
    public BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) throws ObjectUnavailableException {
        String namespace = pod.getMetadata().getNamespace();
        String account = Objects.requireNonNullElse(pod.getSpec().getServiceAccountName(), "default");
        TokenRequest request = new TokenRequestBuilder()
                .withNewSpec()
                .withAudiences(audience == null ? new String[0] : new String[] {audience})
                .withExpirationSeconds(lifetime.toSeconds())
                .withNewBoundObjectRef()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endBoundObjectRef()
                .endSpec()
                .build();
        try {
            TokenRequest answer = client.serviceAccounts()
                    .inNamespace(namespace)
                    .withName(account)
                    .tokenRequest(request);
            return new BoundToken(
                    answer.getStatus().getToken(),
                    Instant.parse(answer.getStatus().getExpirationTimestamp()));
        } catch (KubernetesClientException e) {
            throw ObjectUnavailableException.token(namespace, account, e);
        }
    }
}
