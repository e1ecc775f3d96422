package io.kybern.node.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class NodeRequestTest {

    @ParameterizedTest
    @CsvSource({
        "/stats/summary, stats",
        "/metrics, metrics",
        "/metrics/resource, metrics",
        "/logs/, log",
        "/logs, log",
        "/checkpoint/ns/pod/c, checkpoint",
        "/pods, pods proxy",
        "/runningpods/, pods proxy",
        "/healthz, healthz proxy",
        "/healthz/ping, healthz proxy",
        "/configz, configz proxy",
        "/exec/ns/pod/c, proxy",
        "/containerLogs/ns/pod/c, proxy",
        "/tunnel/ns/pod/80, proxy",
        "/localVolumes/v, proxy",
        "/metricsandmore, proxy",
        "//metrics, proxy",
        "/, proxy",
        "'', proxy"
    })
    void pathsNeedASubresource(String path, String subresources) {
        assertThat(String.join(" ", NodeRequest.of("GET", path).subresources())).isEqualTo(subresources);
    }

    @Test
    void methodsAreVerbs() {
        assertThat(List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"))
                .extracting(method -> NodeRequest.of(method, "/pods").verb())
                .containsExactly("get", "create", "update", "patch", "delete", "");
    }
}
