package io.kybern.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.shutdown.ShutdownProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Settings as the environment of a node container gives them. */
@Timeout(60)
class NodeSettingsTest {

    private static <T> T bound(Class<T> type, Map<String, Object> settings) {
        StandardEnvironment environment = new StandardEnvironment();
        Map<String, Object> all = new HashMap<>(settings);
        all.put("KYBERN_NODEDAEMON_NAME", "n");
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, all));
        return Binder.get(environment).bindOrCreate("kybern.node-daemon", type);
    }

    @Test
    void noTimeIsGrantedToPodsUnlessTheSettingsSaySo() {
        assertThat(bound(ShutdownProperties.class, Map.of()).shutdownGracePeriod())
                .isZero();
        ShutdownProperties set = bound(
                ShutdownProperties.class,
                Map.of(
                        "KYBERN_NODEDAEMON_SHUTDOWNGRACEPERIOD", "30s",
                        "KYBERN_NODEDAEMON_SHUTDOWNGRACEPERIODCRITICALPODS", "10s",
                        "KYBERN_NODEDAEMON_SHUTDOWNGRACEPERIODBYPODPRIORITY_1000", "5s"));
        assertThat(set)
                .isEqualTo(new ShutdownProperties(
                        Duration.ofSeconds(30), Duration.ofSeconds(10), Map.of(1000, Duration.ofSeconds(5))));
    }

    @Test
    void evictionIsSetAsForKubelets() {
        assertThat(bound(EvictionProperties.class, Map.of()).evictionHard())
                .isEqualTo("memory.available<100Mi,nodefs.available<5%,nodefs.inodesFree<5%");
        EvictionProperties set = bound(
                EvictionProperties.class,
                Map.of(
                        "KYBERN_NODEDAEMON_EVICTIONSOFT", "memory.available<300Mi",
                        "KYBERN_NODEDAEMON_EVICTIONSOFTGRACEPERIOD", "memory.available=1m30s",
                        "KYBERN_NODEDAEMON_EVICTIONMAXPODGRACEPERIOD", "20"));
        assertThat(set.evictionSoft()).isEqualTo("memory.available<300Mi");
        assertThat(set.evictionSoftGracePeriod()).isEqualTo("memory.available=1m30s");
        assertThat(set.evictionMaxPodGracePeriod()).isEqualTo(20);
    }

    @Test
    void imagesAreFetchedSideBySideUnlessTheSettingsSayOtherwise() {
        assertThat(bound(NodeDaemonProperties.class, Map.of()).pullsAtOnce()).isEqualTo(4);
        assertThat(bound(NodeDaemonProperties.class, Map.of("KYBERN_NODEDAEMON_SERIALIZEIMAGEPULLS", "true"))
                        .pullsAtOnce())
                .isEqualTo(1);
        assertThat(bound(NodeDaemonProperties.class, Map.of("KYBERN_NODEDAEMON_MAXPARALLELIMAGEPULLS", "0"))
                        .pullsAtOnce())
                .isEqualTo(Integer.MAX_VALUE);
        assertThatThrownBy(() ->
                        bound(NodeDaemonProperties.class, Map.of("KYBERN_NODEDAEMON_MAXPARALLELIMAGEPULLS", "-1")))
                .hasRootCauseMessage("max-parallel-image-pulls must be a positive number, or 0 for no limit");
    }

    @Test
    void podsMayHaveAnyNumberOfProcessesUnlessTheSettingsSayOtherwise() {
        assertThat(bound(NodeDaemonProperties.class, Map.of()).podPidsLimit()).isEqualTo(-1);
        assertThat(bound(NodeDaemonProperties.class, Map.of("KYBERN_NODEDAEMON_PODPIDSLIMIT", "500"))
                        .podPidsLimit())
                .isEqualTo(500);
        assertThatThrownBy(() -> bound(NodeDaemonProperties.class, Map.of("KYBERN_NODEDAEMON_PODPIDSLIMIT", "-2")))
                .hasRootCauseMessage("pod-pids-limit must be a positive number, or -1 for no limit");
    }
}
