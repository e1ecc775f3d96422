package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapProjection;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretProjection;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.kybern.node.env.ContainerConfigException;
import io.kybern.node.env.DownwardFields;
import io.kybern.node.env.PodFacts;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Computes the files of the volumes that are made from objects: ConfigMaps, Secrets, the pod itself, tokens, and mixtures of them. */
final class VolumeContents {

    private static final int DEFAULT_MODE = 0644;
    private static final int TOKEN_MODE_OF_ONE = 0600;

    private final ReferencedObjects objects;
    private final TokenCache tokens;

    VolumeContents(ReferencedObjects objects, TokenCache tokens) {
        this.objects = objects;
        this.tokens = tokens;
    }

    /** The files by path; empty for volumes of other kinds. */
    Optional<Map<String, AtomicDirectory.Entry>> of(Pod pod, Volume volume, PodFacts facts) throws VolumeException {
        Map<String, AtomicDirectory.Entry> files = new LinkedHashMap<>();
        try {
            if (volume.getConfigMap() != null) {
                var source = volume.getConfigMap();
                configMap(
                        files,
                        pod,
                        source.getName(),
                        source.getItems(),
                        source.getOptional(),
                        mode(source.getDefaultMode()));
            } else if (volume.getSecret() != null) {
                var source = volume.getSecret();
                secret(
                        files,
                        pod,
                        source.getSecretName(),
                        source.getItems(),
                        source.getOptional(),
                        mode(source.getDefaultMode()));
            } else if (volume.getDownwardAPI() != null) {
                var source = volume.getDownwardAPI();
                downward(files, pod, facts, source.getItems(), mode(source.getDefaultMode()));
            } else if (volume.getProjected() != null) {
                int mode = mode(volume.getProjected().getDefaultMode());
                for (VolumeProjection source : volume.getProjected().getSources()) {
                    projection(files, pod, facts, source, mode);
                }
            } else {
                return Optional.empty();
            }
        } catch (ObjectUnavailableException | ContainerConfigException e) {
            throw VolumeException.setUp(volume.getName(), e);
        }
        return Optional.of(files);
    }

    private void projection(
            Map<String, AtomicDirectory.Entry> files, Pod pod, PodFacts facts, VolumeProjection source, int mode)
            throws ObjectUnavailableException, ContainerConfigException {
        ConfigMapProjection map = source.getConfigMap();
        if (map != null) {
            configMap(files, pod, map.getName(), map.getItems(), map.getOptional(), mode);
        }
        SecretProjection secret = source.getSecret();
        if (secret != null) {
            secret(files, pod, secret.getName(), secret.getItems(), secret.getOptional(), mode);
        }
        if (source.getDownwardAPI() != null) {
            downward(files, pod, facts, source.getDownwardAPI().getItems(), mode);
        }
        ServiceAccountTokenProjection token = source.getServiceAccountToken();
        if (token != null) {
            String value = tokens.token(pod, token.getAudience(), token.getExpirationSeconds());
            // who is the pod's user or has the volume's group reads it, nobody else
            Long user = FileOwners.ofTokens(pod).orElse(null);
            int own = user == null && GroupOwnership.fsGroup(pod) == null ? mode : TOKEN_MODE_OF_ONE;
            files.put(token.getPath(), new AtomicDirectory.Entry(value.getBytes(StandardCharsets.UTF_8), own, user));
        }
    }

    private void configMap(
            Map<String, AtomicDirectory.Entry> files,
            Pod pod,
            String name,
            @Nullable List<KeyToPath> items,
            @Nullable Boolean optional,
            int mode)
            throws ObjectUnavailableException, ContainerConfigException {
        Optional<ConfigMap> map = objects.configMap(pod.getMetadata().getNamespace(), name);
        if (map.isEmpty()) {
            if (Boolean.TRUE.equals(optional)) {
                return;
            }
            throw ContainerConfigException.because("configmap \"" + name + "\" not found");
        }
        Map<String, byte[]> data = new LinkedHashMap<>();
        Objects.requireNonNullElse(map.get().getData(), Map.<String, String>of())
                .forEach((key, value) -> data.put(key, value.getBytes(StandardCharsets.UTF_8)));
        Objects.requireNonNullElse(map.get().getBinaryData(), Map.<String, String>of())
                .forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
        keys(files, data, "configmap references non-existent config key: ", items, optional, mode);
    }

    private void secret(
            Map<String, AtomicDirectory.Entry> files,
            Pod pod,
            String name,
            @Nullable List<KeyToPath> items,
            @Nullable Boolean optional,
            int mode)
            throws ObjectUnavailableException, ContainerConfigException {
        Optional<Secret> secret = objects.secret(pod.getMetadata().getNamespace(), name);
        if (secret.isEmpty()) {
            if (Boolean.TRUE.equals(optional)) {
                return;
            }
            throw ContainerConfigException.because("secret \"" + name + "\" not found");
        }
        Map<String, byte[]> data = new LinkedHashMap<>();
        Objects.requireNonNullElse(secret.get().getData(), Map.<String, String>of())
                .forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
        keys(files, data, "references non-existent secret key: ", items, optional, mode);
    }

    private static void keys(
            Map<String, AtomicDirectory.Entry> files,
            Map<String, byte[]> data,
            String missing,
            @Nullable List<KeyToPath> items,
            @Nullable Boolean optional,
            int mode)
            throws ContainerConfigException {
        if (items == null || items.isEmpty()) {
            data.forEach((key, value) -> files.put(key, new AtomicDirectory.Entry(value, mode)));
            return;
        }
        for (KeyToPath item : items) {
            byte[] value = data.get(item.getKey());
            if (value != null) {
                int own = item.getMode() == null ? mode : item.getMode();
                files.put(item.getPath(), new AtomicDirectory.Entry(value, own));
            } else if (!Boolean.TRUE.equals(optional)) {
                throw ContainerConfigException.because(missing + item.getKey());
            }
        }
    }

    private static void downward(
            Map<String, AtomicDirectory.Entry> files,
            Pod pod,
            PodFacts facts,
            @Nullable List<DownwardAPIVolumeFile> items,
            int mode)
            throws ContainerConfigException {
        for (DownwardAPIVolumeFile item : Objects.requireNonNullElse(items, List.<DownwardAPIVolumeFile>of())) {
            String value = item.getFieldRef() != null
                    ? DownwardFields.field(pod, facts, item.getFieldRef().getFieldPath())
                    : DownwardFields.resource(
                            pod, pod.getSpec().getContainers().getFirst(), facts, item.getResourceFieldRef());
            int own = item.getMode() == null ? mode : item.getMode();
            files.put(item.getPath(), new AtomicDirectory.Entry(value.getBytes(StandardCharsets.UTF_8), own));
        }
    }

    private static int mode(@Nullable Integer mode) {
        return mode == null ? DEFAULT_MODE : mode;
    }
}
