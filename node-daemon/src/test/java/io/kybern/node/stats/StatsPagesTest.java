package io.kybern.node.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.pods.PodTable;
import io.kybern.node.pods.RunningContainer;
import io.kybern.testing.MutableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StatsPagesTest {

    @TempDir
    private Path root;

    private final MutableClock clock = new MutableClock();
    private StatsPages pages;
    private UsageReader reader;

    /** A clock that the test moves. */
    /** One pod with one container, process 7, and a sandbox, process 6. */
    private static final class OnePod implements PodTable {
        @Override
        public Optional<RunningContainer> container(String namespace, String pod, String container, boolean previous) {
            return Optional.empty();
        }

        @Override
        public Optional<Pod> pod(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Collection<Pod> pods() {
            return List.of(new PodBuilder()
                    .withNewMetadata()
                    .withNamespace("ns")
                    .withName("p")
                    .withUid("u")
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .build());
        }

        @Override
        public Collection<RunningContainer> running(String namespace, String pod) {
            return List.of(new RunningContainer("id", "c", 0, 7, Instant.EPOCH, true, false, false, false));
        }

        @Override
        public OptionalLong sandboxPid(String namespace, String name) {
            return OptionalLong.of(6);
        }
    }

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void cpu(String seconds) throws IOException {
        file("sys/fs/cgroup/cpuacct/docker/c7/cpuacct.usage", seconds + "000000000\n");
    }

    @BeforeEach
    void machineWithTheFirstVersionOfGroups() throws IOException {
        file("proc/meminfo", "MemTotal:       1000 kB\nMemAvailable:    400 kB\n");
        file("proc/self/mountinfo", """
                384 380 0:109 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755
                392 384 0:30 /docker/outer /sys/fs/cgroup/cpuacct rw,relatime shared:62 - cgroup cgroup rw,cpuacct
                394 384 0:32 /docker/outer /sys/fs/cgroup/memory rw,relatime shared:64 - cgroup cgroup rw,memory
                """);
        file(
                "proc/7/cgroup",
                "4:memory:/docker/outer/docker/c7\n2:cpuacct:/docker/outer/docker/c7\n0::/docker/outer\n");
        file("proc/6/net/dev", """
                Inter-|   Receive                            |  Transmit
                    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
                  eth0:    2048       3    0    0    0     0          0         0     4096       3    0    0    0     0       0          0
                """);
        cpu("3");
        file("sys/fs/cgroup/memory/docker/c7/memory.usage_in_bytes", "5000\n");
        file(
                "sys/fs/cgroup/memory/docker/c7/memory.stat",
                "inactive_file 1\ntotal_inactive_file 1000\ntotal_rss 700\n");
        file("sys/fs/cgroup/cpuacct/cpuacct.usage", "9000000000\n");
        file("sys/fs/cgroup/memory/memory.usage_in_bytes", "90000\n");
        file("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 10000\ntotal_rss 700\n");
        reader = new UsageReader(new OnePod(), root, root, clock);
        pages = new StatsPages(
                "node-1", reader, new VolumeUsages(uid -> Map.of(), (command, input) -> "", clock, Runnable::run));
    }

    @Test
    void theSummaryTellsWhatContainersPodsAndNodeUse() throws IOException {
        reader.sample();
        clock.advance(Duration.ofSeconds(10));
        cpu("4");
        JsonNode page = new ObjectMapper().readTree(pages.summary());

        assertThat(page.at("/node/nodeName").textValue()).isEqualTo("node-1");
        assertThat(page.at("/node/memory/workingSetBytes").longValue()).isEqualTo(80_000);
        assertThat(page.at("/node/memory/availableBytes").longValue()).isEqualTo(1000 * 1024 - 80_000);
        assertThat(page.at("/pods/0/podRef/name").textValue()).isEqualTo("p");
        JsonNode container = page.at("/pods/0/containers/0");
        assertThat(container.at("/cpu/usageCoreNanoSeconds").longValue()).isEqualTo(4_000_000_000L);
        assertThat(container.at("/cpu/usageNanoCores").longValue()).isEqualTo(100_000_000L);
        assertThat(container.at("/memory/workingSetBytes").longValue()).isEqualTo(4000);
        assertThat(page.at("/pods/0/cpu/usageNanoCores").longValue()).isEqualTo(100_000_000L);
        assertThat(page.at("/pods/0/network/rxBytes").longValue()).isEqualTo(2048);
        assertThat(page.at("/pods/0/network/txBytes").longValue()).isEqualTo(4096);
    }

    @Test
    void theResourceMetricsAreThoseOfAKubelet() {
        long at = clock.instant().toEpochMilli();
        assertThat(pages.resource().lines())
                .contains(
                        "# TYPE container_cpu_usage_seconds_total counter",
                        "container_cpu_usage_seconds_total{container=\"c\",namespace=\"ns\",pod=\"p\"} 3.0 " + at,
                        "container_memory_working_set_bytes{container=\"c\",namespace=\"ns\",pod=\"p\"} 4000 " + at,
                        "container_start_time_seconds{container=\"c\",namespace=\"ns\",pod=\"p\"} 0.0 " + at,
                        "pod_cpu_usage_seconds_total{namespace=\"ns\",pod=\"p\"} 3.0 " + at,
                        "node_memory_working_set_bytes 80000 " + at,
                        "resource_scrape_error 0");
    }

    @Test
    void theContainerMetricsKnowMemoryAndTraffic() {
        assertThat(pages.cadvisor())
                .contains("container_memory_rss{container=\"c\",namespace=\"ns\",pod=\"p\"} 700 ")
                .contains(
                        "container_network_transmit_bytes_total{interface=\"eth0\",namespace=\"ns\",pod=\"p\"} 4096 ");
    }

    @Test
    void theSecondVersionOfGroupsIsReadToo() throws IOException {
        file("proc/self/mountinfo", "30 24 0:27 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n");
        file("proc/7/cgroup", "0::/docker/c7\n");
        file("sys/fs/cgroup/docker/c7/cpu.stat", "usage_usec 2000000\nuser_usec 1\n");
        file("sys/fs/cgroup/docker/c7/memory.current", "6000\n");
        file("sys/fs/cgroup/docker/c7/memory.stat", "anon 500\ninactive_file 1000\n");
        file("sys/fs/cgroup/cpu.stat", "usage_usec 3000000\n");

        assertThat(pages.resource())
                .contains("container_cpu_usage_seconds_total{container=\"c\",namespace=\"ns\",pod=\"p\"} 2.0 ")
                .contains("container_memory_working_set_bytes{container=\"c\",namespace=\"ns\",pod=\"p\"} 5000 ")
                .contains("node_cpu_usage_seconds_total 3.0 ")
                .contains("node_memory_working_set_bytes " + 600 * 1024);
    }
}
