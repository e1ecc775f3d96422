package io.kybern.node.env;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.FileKeySelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes a container's environment: whole ConfigMaps and Secrets first, then single variables in their order (each may
 * refer to earlier ones), then the Services that are not named yet. See <a
 * href="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/">environment
 * variables for a container</a>.
 */
public final class ContainerEnvironment {

    private final ReferencedObjects objects;

    /** Reads what the variables refer to from the given source. */
    public ContainerEnvironment(ReferencedObjects objects) {
        this.objects = objects;
    }

    /** The variables by name; files are looked for in the pod's volumes, given by name. */
    public Map<String, String> of(Pod pod, Container container, PodFacts facts, Map<String, Path> volumes)
            throws ContainerConfigException {
        String namespace = pod.getMetadata().getNamespace();
        boolean links = !Boolean.FALSE.equals(pod.getSpec().getEnableServiceLinks());
        Collection<Service> own = links ? objects.services(namespace) : List.of();
        Map<String, String> services = ServiceVariables.of(own, objects.services("default"));
        Map<String, String> out = new LinkedHashMap<>();
        Lookups lookups = new Lookups(namespace, volumes);
        if (container.getEnvFrom() != null) {
            for (EnvFromSource from : container.getEnvFrom()) {
                addAll(out, lookups, from);
            }
        }
        if (container.getEnv() != null) {
            for (EnvVar variable : container.getEnv()) {
                String value = value(pod, container, facts, variable, lookups, out, services);
                if (value != null) {
                    out.put(variable.getName(), value);
                }
            }
        }
        services.forEach(out::putIfAbsent);
        return out;
    }

    private @Nullable String value(
            Pod pod,
            Container container,
            PodFacts facts,
            EnvVar variable,
            Lookups lookups,
            Map<String, String> soFar,
            Map<String, String> services)
            throws ContainerConfigException {
        EnvVarSource from = variable.getValueFrom();
        if (from == null) {
            String text = variable.getValue() == null ? "" : variable.getValue();
            return Expansion.expand(text, name -> soFar.containsKey(name) ? soFar.get(name) : services.get(name));
        }
        if (from.getFieldRef() != null) {
            return DownwardFields.field(pod, facts, from.getFieldRef().getFieldPath());
        }
        if (from.getResourceFieldRef() != null) {
            return DownwardFields.resource(pod, container, facts, from.getResourceFieldRef());
        }
        if (from.getConfigMapKeyRef() != null) {
            var ref = from.getConfigMapKeyRef();
            return lookups.configMapKey(ref.getName(), ref.getKey(), Boolean.TRUE.equals(ref.getOptional()));
        }
        if (from.getSecretKeyRef() != null) {
            var ref = from.getSecretKeyRef();
            return lookups.secretKey(ref.getName(), ref.getKey(), Boolean.TRUE.equals(ref.getOptional()));
        }
        if (from.getFileKeyRef() != null) {
            return lookups.fileKey(from.getFileKeyRef());
        }
        return "";
    }

    private static void addAll(Map<String, String> out, Lookups lookups, EnvFromSource from)
            throws ContainerConfigException {
        String prefix = from.getPrefix() == null ? "" : from.getPrefix();
        if (from.getConfigMapRef() != null) {
            var ref = from.getConfigMapRef();
            Optional<ConfigMap> map = lookups.configMap(ref.getName());
            if (map.isEmpty() && !Boolean.TRUE.equals(ref.getOptional())) {
                throw ContainerConfigException.notFound("configmap", ref.getName());
            }
            map.map(ConfigMap::getData).ifPresent(data -> data.forEach((k, v) -> put(out, prefix + k, v)));
        } else if (from.getSecretRef() != null) {
            var ref = from.getSecretRef();
            Optional<Secret> secret = lookups.secret(ref.getName());
            if (secret.isEmpty() && !Boolean.TRUE.equals(ref.getOptional())) {
                throw ContainerConfigException.notFound("secret", ref.getName());
            }
            secret.map(Secret::getData).ifPresent(data -> data.forEach((k, v) -> put(out, prefix + k, decode(v))));
        }
    }

    private static void put(Map<String, String> out, String name, @Nullable String value) {
        if (!name.isEmpty() && name.indexOf('=') < 0) {
            out.put(name, value == null ? "" : value);
        }
    }

    private static String decode(@Nullable String base64) {
        return base64 == null ? "" : new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    /** Each object is read once per environment. */
    private final class Lookups {
        private final String namespace;
        private final Map<String, Path> volumes;
        private final Map<String, Optional<ConfigMap>> configMaps = new HashMap<>();
        private final Map<String, Optional<Secret>> secrets = new HashMap<>();

        Lookups(String namespace, Map<String, Path> volumes) {
            this.namespace = namespace;
            this.volumes = volumes;
        }

        Optional<ConfigMap> configMap(String name) throws ContainerConfigException {
            Optional<ConfigMap> known = configMaps.get(name);
            if (known == null) {
                try {
                    known = objects.configMap(namespace, name);
                } catch (ObjectUnavailableException later) {
                    throw ContainerConfigException.because(later);
                }
                configMaps.put(name, known);
            }
            return known;
        }

        Optional<Secret> secret(String name) throws ContainerConfigException {
            Optional<Secret> known = secrets.get(name);
            if (known == null) {
                try {
                    known = objects.secret(namespace, name);
                } catch (ObjectUnavailableException later) {
                    throw ContainerConfigException.because(later);
                }
                secrets.put(name, known);
            }
            return known;
        }

        @Nullable
        String configMapKey(String name, String key, boolean optional) throws ContainerConfigException {
            Optional<ConfigMap> map = configMap(name);
            if (map.isEmpty()) {
                return missing(optional, ContainerConfigException.notFound("configmap", name));
            }
            Map<String, String> data = map.get().getData();
            if (data != null && data.containsKey(key)) {
                return data.get(key);
            }
            return missing(optional, ContainerConfigException.noKey("ConfigMap", namespace, name, key));
        }

        @Nullable
        String secretKey(String name, String key, boolean optional) throws ContainerConfigException {
            Optional<Secret> secret = secret(name);
            if (secret.isEmpty()) {
                return missing(optional, ContainerConfigException.notFound("secret", name));
            }
            Map<String, String> data = secret.get().getData();
            if (data != null && data.containsKey(key)) {
                return decode(data.get(key));
            }
            return missing(optional, ContainerConfigException.noKey("Secret", namespace, name, key));
        }

        @Nullable
        String fileKey(FileKeySelector ref) throws ContainerConfigException {
            boolean optional = Boolean.TRUE.equals(ref.getOptional());
            Path volume = volumes.get(ref.getVolumeName());
            if (volume == null) {
                throw ContainerConfigException.because(
                        "cannot find the volume \"" + ref.getVolumeName() + "\" referenced by FileKeyRef");
            }
            Optional<String> text;
            try {
                text = EnvFile.read(volume, ref.getPath());
            } catch (IOException unreadable) {
                throw ContainerConfigException.because(unreadable);
            }
            Optional<String> value = text.isEmpty() ? Optional.empty() : EnvFile.value(text.get(), ref.getKey());
            return value.isPresent()
                    ? value.get()
                    : missing(
                            optional,
                            ContainerConfigException.because("environment variable key \"" + ref.getKey()
                                    + "\" not found in file \"" + ref.getPath() + "\""));
        }

        private static @Nullable String missing(boolean optional, ContainerConfigException otherwise)
                throws ContainerConfigException {
            if (optional) {
                return null;
            }
            throw otherwise;
        }
    }
}
