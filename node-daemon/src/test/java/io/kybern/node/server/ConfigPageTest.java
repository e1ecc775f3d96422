package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.node.access.AccessProperties;
import io.kybern.node.config.ContainerLogProperties;
import io.kybern.node.config.ImageProperties;
import io.kybern.node.config.NodeDaemonProperties;
import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.eviction.ImageCollectionProperties;
import io.kybern.node.logs.LogLinkProperties;
import io.kybern.node.shutdown.ShutdownProperties;
import io.kybern.node.status.ReservationProperties;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ConfigPageTest {

    private final Binder binder = new Binder(new MapConfigurationPropertySource(Map.of(
            "kybern.node-daemon.name", "node-1",
            "kybern.node-daemon.api.certificate", "/c",
            "kybern.node-daemon.api.key", "/k",
            "kybern.node-daemon.kube-reserved", "cpu=100m, memory=1Gi",
            "kybern.node-daemon.shutdown-grace-period-by-pod-priority.1000", "2m")));

    private <T> T settings(String prefix, Class<T> type) {
        return binder.bindOrCreate(prefix, type);
    }

    @Test
    void settingsHaveTheirNamesInKubeletConfigurations() {
        String node = "kybern.node-daemon";
        JsonNode config = Json.read(new ConfigPage(
                                settings(node, NodeDaemonProperties.class),
                                settings(node + ".api", NodeApiProperties.class),
                                settings(node, AccessProperties.class),
                                settings(node, SystemLogProperties.class),
                                settings(node, LogLinkProperties.class),
                                settings(node, ContainerLogProperties.class),
                                settings(node, ImageProperties.class),
                                settings(node, ImageCollectionProperties.class),
                                settings(node, EvictionProperties.class),
                                settings(node, ReservationProperties.class),
                                settings(node, ShutdownProperties.class))
                        .json())
                .path("kubeletconfig");

        assertThat(config.path("kind").asString()).isEqualTo("KubeletConfiguration");
        assertThat(config.path("apiVersion").asString()).isEqualTo("kubelet.config.k8s.io/v1beta1");
        assertThat(config.path("authentication").path("webhook"))
                .isEqualTo(Json.read("{\"enabled\":true,\"cacheTTL\":\"2m0s\"}"));
        assertThat(config.path("authentication")
                        .path("anonymous")
                        .path("enabled")
                        .asBoolean())
                .isFalse();
        assertThat(config.path("authorization"))
                .isEqualTo(Json.read("{\"mode\":\"Webhook\",\"webhook\":"
                        + "{\"cacheAuthorizedTTL\":\"5m0s\",\"cacheUnauthorizedTTL\":\"30s\"}}"));
        assertThat(config.path("evictionHard").path("memory.available").asString())
                .isEqualTo("100Mi");
        assertThat(config.path("kubeReserved")).isEqualTo(Json.read("{\"cpu\":\"100m\",\"memory\":\"1Gi\"}"));
        assertThat(config.path("containerLogMaxSize").asString()).isEqualTo("10Mi");
        assertThat(config.path("clusterDNS").path(0).asString()).isEqualTo("10.96.0.10");
        assertThat(config.path("shutdownGracePeriodByPodPriority"))
                .isEqualTo(Json.read("[{\"priority\":1000,\"shutdownGracePeriodSeconds\":120}]"));
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0s",
        "PT0.25S, 250ms",
        "PT30S, 30s",
        "PT2M, 2m0s",
        "PT1H, 1h0m0s",
        "PT1H0M1.5S, 1h0m1.5s",
        "PT26H3M, 26h3m0s"
    })
    void durationsAreWrittenAsGoWritesThem(Duration duration, String text) {
        assertThat(ConfigPage.text(duration)).isEqualTo(text);
    }
}
