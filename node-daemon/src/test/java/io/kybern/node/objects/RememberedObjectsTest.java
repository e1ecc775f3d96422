package io.kybern.node.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RememberedObjectsTest {

    private static final int NONE = Integer.MIN_VALUE;

    /** What the client says if there was no answer. */
    private static final int UNANSWERED = new KubernetesClientException("", new IOException()).getCode();

    private final FakeServer server = new FakeServer();
    private final RememberedObjects objects = new RememberedObjects(server);

    @ParameterizedTest
    @ValueSource(ints = {-1, 429, 500, 503, 504})
    void whatWasReadLastIsGoodWhileNobodyAnswers(int code) throws Exception {
        server.configMaps.put("ns/c", config("old"));
        objects.configMap("ns", "c");
        server.configMaps.put("ns/c", config("new"));
        assertThat(objects.configMap("ns", "c")).as("while somebody does").contains(config("new"));
        server.failure = code;
        assertThat(objects.configMap("ns", "c")).contains(config("new"));
        server.failure = NONE;
        server.configMaps.put("ns/c", config("newest"));
        assertThat(objects.configMap("ns", "c")).contains(config("newest"));
    }

    @Test
    void whatWasNeverReadIsNotKnown() {
        server.failure = UNANSWERED;
        assertThatThrownBy(() -> objects.secret("ns", "s"))
                .isInstanceOf(ObjectUnavailableException.class)
                .hasMessageContaining("failed to fetch secret ns/s");
    }

    @Test
    void whatIsGoneIsForgotten() throws Exception {
        server.configMaps.put("ns/c", config("x"));
        objects.configMap("ns", "c");
        server.configMaps.clear();
        assertThat(objects.configMap("ns", "c")).isEmpty();
        server.failure = UNANSWERED;
        assertThatThrownBy(() -> objects.configMap("ns", "c")).isInstanceOf(ObjectUnavailableException.class);
    }

    @Test
    void whoMayNotReadItAnyMoreDoesNotGetIt() throws Exception {
        server.configMaps.put("ns/c", config("x"));
        objects.configMap("ns", "c");
        server.failure = 403;
        assertThatThrownBy(() -> objects.configMap("ns", "c")).isInstanceOf(ObjectUnavailableException.class);
    }

    @Test
    void whatNoPodCanNameIsForgotten() throws Exception {
        server.configMaps.put("stays/c", config("x"));
        server.configMaps.put("goes/c", config("x"));
        objects.configMap("stays", "c");
        objects.configMap("goes", "c");
        objects.persistentVolume("of-stays");
        objects.persistentVolume("of-goes");
        objects.runtimeHandler("r");
        objects.retain(Set.of("stays"));
        server.failure = UNANSWERED;
        assertThat(objects.configMap("stays", "c")).isPresent();
        assertThat(objects.persistentVolume("of-stays")).isPresent();
        assertThat(objects.runtimeHandler("r")).contains("runc");
        assertThatThrownBy(() -> objects.configMap("goes", "c")).isInstanceOf(ObjectUnavailableException.class);
        assertThatThrownBy(() -> objects.persistentVolume("of-goes")).isInstanceOf(ObjectUnavailableException.class);
    }

    private static ConfigMap config(String value) {
        return new ConfigMapBuilder().addToData("key", value).build();
    }

    /** Answers, or fails with that code. */
    private static final class FakeServer implements ReferencedObjects {
        private final Map<String, ConfigMap> configMaps = new HashMap<>();
        private int failure = NONE;

        private void answer(String kind, String namespace, String name) throws ObjectUnavailableException {
            if (failure != NONE) {
                throw ObjectUnavailableException.reading(
                        kind, namespace, name, new KubernetesClientException("away", failure, null));
            }
        }

        @Override
        public Optional<ConfigMap> configMap(String namespace, String name) throws ObjectUnavailableException {
            answer("configmap", namespace, name);
            return Optional.ofNullable(configMaps.get(namespace + "/" + name));
        }

        @Override
        public Optional<Secret> secret(String namespace, String name) throws ObjectUnavailableException {
            answer("secret", namespace, name);
            return Optional.of(new SecretBuilder().build());
        }

        @Override
        public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<PersistentVolume> persistentVolume(String name) throws ObjectUnavailableException {
            answer("persistentvolume", "", name);
            return Optional.of(new PersistentVolumeBuilder()
                    .withNewSpec()
                    .withNewClaimRef()
                    .withNamespace(name.substring("of-".length()))
                    .endClaimRef()
                    .endSpec()
                    .build());
        }

        @Override
        public Optional<String> runtimeHandler(String runtimeClass) throws ObjectUnavailableException {
            answer("runtimeclass", "", runtimeClass);
            return Optional.of("runc");
        }

        @Override
        public Collection<Service> services(String namespace) {
            return List.of();
        }

        @Override
        public BoundToken token(Pod pod, String audience, Duration lifetime) {
            throw new UnsupportedOperationException();
        }
    }
}
