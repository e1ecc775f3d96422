package io.kybern.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeProxyTest {

    @Test
    void aSlashAtTheEndStays() {
        String proxy = "/api/v1/nodes/n/proxy";
        assertThat(NodeProxy.target(proxy + "/logs/", List.of("logs"))).isEqualTo("/logs/");
        assertThat(NodeProxy.target(proxy + "/logs/a%20b?x=/", List.of("logs", "a b")))
                .isEqualTo("/logs/a%20b?x=/");
        assertThat(NodeProxy.target(proxy + "/logs/pods/?x", List.of("logs", "pods")))
                .isEqualTo("/logs/pods/?x");
        assertThat(NodeProxy.target(proxy + "/", List.of())).isEqualTo("/");
        assertThat(NodeProxy.target(proxy, List.of())).isEqualTo("/");
    }
}
