package io.kybern.node.cgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written for groups of pods, in a directory that stands for the kernel's. */
@Timeout(60)
class KubepodsGroupsTest {

    private static final long MIB = 1 << 20;

    private static final String VERSION_1 = """
            104 103 0:50 / /sys/fs/cgroup rw - tmpfs tmpfs rw
            105 104 0:29 /docker/x /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
            108 104 0:32 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            112 104 0:36 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
            113 104 0:37 /docker/x /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """;

    @TempDir
    private Path root;

    private final Kernel kernel = new Kernel();

    /** Plain files, of which it remembers each write; in version 2 a group has the files of what is handed down to it. */
    private static final class Kernel implements GroupFiles {
        private final List<String> writes = new CopyOnWriteArrayList<>();
        private volatile String refuses = "nothing";

        @Override
        public void write(Path file, String value) throws IOException {
            if (value.equals(refuses)) {
                throw new IOException("Device or resource busy");
            }
            writes.add(file + " " + value);
            Files.writeString(file, value);
        }

        @Override
        public boolean exists(Path file) {
            String controller = String.valueOf(file.getFileName()).split("\\.")[0];
            Path above = file.getParent().getParent();
            return writes.contains(above.resolve("cgroup.subtree_control") + " +" + controller);
        }
    }

    private KubepodsGroups version1() throws IOException {
        return groups(VERSION_1);
    }

    private KubepodsGroups version2() throws IOException {
        return groups("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    }

    private KubepodsGroups groups(String mounts) throws IOException {
        return groups(mounts, "/", 500);
    }

    private KubepodsGroups groups(String mounts, String parent, long podPidsLimit) throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(root.resolve("proc/self/mountinfo"), mounts);
        return new KubepodsGroups(root, parent, 2, podPidsLimit, () -> true, kernel);
    }

    private static PodGroup pod(String uid, PodGroup.Tier tier, long shares, long quota, long memory) {
        return new PodGroup(uid, tier, new PodGroup.Limits(shares, quota, memory));
    }

    private String at(String file) throws IOException {
        return Files.readString(root.resolve("sys/fs/cgroup").resolve(file));
    }

    @Test
    void aPodOfEachClassIsInTheGroupWhereKubeletsHaveIt() throws IOException {
        KubepodsGroups groups = version1();
        assertThat(groups.ensure(pod("g", PodGroup.Tier.GUARANTEED, 512, 50_000, 64 * MIB)))
                .hasValue("/kubepods/podg");
        assertThat(groups.ensure(pod("b", PodGroup.Tier.BURSTABLE, 102, 0, 0))).hasValue("/kubepods/burstable/podb");
        assertThat(groups.ensure(pod("e", PodGroup.Tier.BEST_EFFORT, 2, 0, 0))).hasValue("/kubepods/besteffort/pode");
        assertThat(at("cpu/kubepods/cpu.shares")).isEqualTo("2048");
        assertThat(at("cpu/kubepods/podg/cpu.shares")).isEqualTo("512");
        assertThat(at("cpu/kubepods/podg/cpu.cfs_quota_us")).isEqualTo("50000");
        assertThat(at("cpu/kubepods/podg/cpu.cfs_period_us")).isEqualTo("100000");
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("67108864");
        assertThat(at("pids/kubepods/podg/pids.max")).isEqualTo("500");
        assertThat(at("cpu/kubepods/burstable/podb/cpu.cfs_quota_us")).isEqualTo("-1");
        assertThat(at("memory/kubepods/burstable/podb/memory.limit_in_bytes")).isEqualTo("-1");
        assertThat(at("cpu/kubepods/besteffort/cpu.shares")).isEqualTo("2");
        assertThat(at("cpu/kubepods/besteffort/pode/cpu.shares")).isEqualTo("2");
        groups.remove("g");
        assertThat(root.resolve("sys/fs/cgroup/unified/kubepods/podg")).doesNotExist();
    }

    @Test
    void inVersion2ThereIsOneGroupAndWhatIsAboveHandsItsControllersDown() throws IOException {
        KubepodsGroups groups = version2();
        groups.ensure(pod("b", PodGroup.Tier.BURSTABLE, 1024, 150_000, 64 * MIB));
        assertThat(at("kubepods/burstable/podb/cpu.max")).isEqualTo("150000 100000");
        assertThat(at("kubepods/burstable/podb/cpu.weight")).isEqualTo("39");
        assertThat(at("kubepods/burstable/podb/memory.max")).isEqualTo("67108864");
        assertThat(at("kubepods/burstable/podb/pids.max")).isEqualTo("500");
        for (String above : new String[] {"", "kubepods/", "kubepods/burstable/"}) {
            Path file = root.resolve("sys/fs/cgroup").resolve(above + "cgroup.subtree_control");
            assertThat(kernel.writes).contains(file + " +cpu", file + " +memory", file + " +pids");
        }
        groups.ensure(pod("e", PodGroup.Tier.BEST_EFFORT, 2, 0, 0));
        assertThat(at("kubepods/besteffort/pode/cpu.max")).isEqualTo("max 100000");
        assertThat(at("kubepods/besteffort/pode/cpu.weight")).isEqualTo("1");
        assertThat(at("kubepods/besteffort/pode/memory.max")).isEqualTo("max");
    }

    @Test
    void theBurstableTierHasWhatItsPodsAskForTogether() throws IOException {
        KubepodsGroups groups = version1();
        groups.ensure(pod("a", PodGroup.Tier.BURSTABLE, 100, 0, 0));
        groups.ensure(pod("b", PodGroup.Tier.BURSTABLE, 200, 0, 0));
        groups.ensure(pod("g", PodGroup.Tier.GUARANTEED, 1000, 0, 0));
        assertThat(at("cpu/kubepods/burstable/cpu.shares")).isEqualTo("300");
        groups.settle(pod("b", PodGroup.Tier.BURSTABLE, 500, 0, 0));
        assertThat(at("cpu/kubepods/burstable/cpu.shares")).isEqualTo("600");
        groups.remove("b");
        assertThat(at("cpu/kubepods/burstable/cpu.shares")).isEqualTo("100");
    }

    @Test
    void whatGrowsIsRaisedFirstAndWhatShrinksIsLoweredLast() throws IOException {
        KubepodsGroups groups = version1();
        groups.ensure(pod("g", PodGroup.Tier.GUARANTEED, 512, 50_000, 64 * MIB));
        PodGroup wanted = pod("g", PodGroup.Tier.GUARANTEED, 1024, 100_000, 32 * MIB);
        groups.raise(wanted);
        assertThat(at("cpu/kubepods/podg/cpu.cfs_quota_us")).isEqualTo("100000");
        assertThat(at("cpu/kubepods/podg/cpu.shares")).isEqualTo("1024");
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("67108864");
        assertThat(groups.settle(wanted)).isTrue();
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("33554432");
        PodGroup boundless = pod("g", PodGroup.Tier.GUARANTEED, 512, 0, 64 * MIB);
        groups.raise(boundless);
        assertThat(at("cpu/kubepods/podg/cpu.cfs_quota_us")).isEqualTo("-1");
    }

    @Test
    void whatAnEarlierProcessMadeKeepsItsLimitsUntilItIsChanged() throws IOException {
        version1().ensure(pod("g", PodGroup.Tier.GUARANTEED, 512, 50_000, 64 * MIB));
        KubepodsGroups next = version1();
        assertThat(next.ensure(pod("g", PodGroup.Tier.GUARANTEED, 1024, 100_000, 32 * MIB)))
                .hasValue("/kubepods/podg");
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("67108864");
        next.settle(pod("g", PodGroup.Tier.GUARANTEED, 1024, 100_000, 32 * MIB));
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("33554432");
    }

    @Test
    void aGroupWhoseMakerEndedBeforeItSetLimitsGetsThem() throws IOException {
        made("memory/kubepods/podg", Map.of("memory.limit_in_bytes", "9223372036854771712"));
        made("cpu/kubepods/podg", Map.of("cpu.shares", "1024\n", "cpu.cfs_quota_us", "-1\n"));
        version1().ensure(pod("g", PodGroup.Tier.GUARANTEED, 512, 50_000, 64 * MIB));
        assertThat(at("cpu/kubepods/podg/cpu.shares")).isEqualTo("512");
        assertThat(at("cpu/kubepods/podg/cpu.cfs_quota_us")).isEqualTo("50000");
        assertThat(at("memory/kubepods/podg/memory.limit_in_bytes")).isEqualTo("67108864");
        assertThat(at("pids/kubepods/podg/pids.max")).isEqualTo("500");
    }

    @Test
    void inVersion2AGroupWhoseMakerEndedGetsLimitsButNotLessMemoryThanIsInUse() throws IOException {
        Map<String, String> unset = Map.of("cpu.weight", "100\n", "cpu.max", "max 100000\n", "memory.max", "max\n");
        made("kubepods/poda", unset);
        made("kubepods/podb", unset);
        made("kubepods/podb", Map.of("memory.current", "67108864\n"));
        KubepodsGroups groups = version2();
        groups.ensure(pod("a", PodGroup.Tier.GUARANTEED, 1024, 50_000, 64 * MIB));
        groups.ensure(pod("b", PodGroup.Tier.GUARANTEED, 1024, 50_000, 64 * MIB));
        assertThat(at("kubepods/poda/cpu.weight")).isEqualTo("39");
        assertThat(at("kubepods/poda/cpu.max")).isEqualTo("50000 100000");
        assertThat(at("kubepods/poda/memory.max")).isEqualTo("67108864");
        assertThat(at("kubepods/podb/cpu.max")).isEqualTo("50000 100000");
        assertThat(at("kubepods/podb/memory.max")).isEqualTo("max\n");
    }

    private void made(String group, Map<String, String> files) throws IOException {
        Path directory = Files.createDirectories(root.resolve("sys/fs/cgroup").resolve(group));
        for (Map.Entry<String, String> each : files.entrySet()) {
            Files.writeString(directory.resolve(each.getKey()), each.getValue());
        }
    }

    @Test
    void whereMemoryIsNotHandedDownThePodHasNoGroup() throws IOException {
        kernel.refuses = "+memory";
        PodGroup pod = pod("b", PodGroup.Tier.BURSTABLE, 1024, 0, 64 * MIB);
        KubepodsGroups groups = version2();
        assertThat(groups.ensure(pod)).isEmpty();
        kernel.refuses = "nothing";
        assertThat(groups.ensure(pod)).hasValue("/kubepods/burstable/podb");
        assertThat(at("kubepods/burstable/podb/memory.max")).isEqualTo("67108864");
    }

    @Test
    void groupsCanBeBelowAnother() throws IOException {
        KubepodsGroups groups = groups(VERSION_1, "/some/where", 500);
        assertThat(groups.ensure(pod("b", PodGroup.Tier.BURSTABLE, 102, 0, 0)))
                .hasValue("/some/where/kubepods/burstable/podb");
        assertThat(at("cpu/some/where/kubepods/burstable/cpu.shares")).isEqualTo("102");
        assertThat(root.resolve("sys/fs/cgroup/cpu/kubepods")).doesNotExist();
    }

    @Test
    void aLimitOfProcessesThatIsNoMoreSetIsTakenFromRunningPodsToo() throws IOException {
        PodGroup pod = pod("g", PodGroup.Tier.GUARANTEED, 512, 0, 0);
        version1().ensure(pod);
        groups(VERSION_1, "/", -1).ensure(pod);
        assertThat(at("pids/kubepods/podg/pids.max")).isEqualTo("max");
    }

    @Test
    void noMoreSharesAreWrittenThanTheKernelTakes() throws IOException {
        PodGroup large = pod("b", PodGroup.Tier.BURSTABLE, 300 * 1024, 0, 0);
        version1().ensure(large);
        assertThat(at("cpu/kubepods/burstable/podb/cpu.shares")).isEqualTo("262144");
        version2().ensure(large);
        assertThat(at("kubepods/burstable/podb/cpu.weight")).isEqualTo("10000");
    }

    @Test
    void whileTheEngineIsAskedForOnePodNothingElseWaits() throws Exception {
        version1();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answers = new CountDownLatch(1);
        KubepodsGroups groups = new KubepodsGroups(
                root,
                "/",
                2,
                -1,
                () -> {
                    asked.countDown();
                    try {
                        return answers.await(50, TimeUnit.SECONDS);
                    } catch (InterruptedException ended) {
                        return false;
                    }
                },
                kernel);
        PodGroup pod = pod("g", PodGroup.Tier.GUARANTEED, 512, 0, 0);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Optional<String>> made = threads.submit(() -> groups.ensure(pod));
            assertThat(asked.await(50, TimeUnit.SECONDS)).isTrue();
            assertThat(groups.settle(pod)).isTrue();
            assertThat(groups.limits("g")).isEmpty();
            groups.sweep();
            assertThat(made).isNotDone();
            answers.countDown();
            assertThat(made.get(50, TimeUnit.SECONDS)).hasValue("/kubepods/podg");
        }
    }

    @Test
    void groupsOfPodsThatDoNotExistAnyMoreAreRemoved() throws IOException {
        KubepodsGroups groups = version1();
        groups.ensure(pod("a", PodGroup.Tier.BURSTABLE, 100, 0, 0));
        for (String tier : new String[] {"cpu/kubepods/podx", "memory/kubepods/burstable/pody/container"}) {
            Files.createDirectories(root.resolve("sys/fs/cgroup").resolve(tier));
        }
        groups.retain(Set.of("a"));
        assertThat(root.resolve("sys/fs/cgroup/cpu/kubepods/podx")).doesNotExist();
        assertThat(root.resolve("sys/fs/cgroup/memory/kubepods/burstable/pody")).doesNotExist();
        assertThat(root.resolve("sys/fs/cgroup/cpu/kubepods/burstable/poda")).exists();
    }

    @Test
    void whereTheEngineDoesNotNameGroupsByPathPodsHaveNone() throws IOException {
        version1();
        KubepodsGroups none = new KubepodsGroups(root, "/", 2, -1, () -> false, kernel);
        PodGroup pod = pod("g", PodGroup.Tier.GUARANTEED, 512, 0, 0);
        assertThat(none.ensure(pod)).isEmpty();
        assertThat(none.settle(pod)).isTrue();
        none.remove("g");
        none.retain(Set.of());
        assertThat(root.resolve("sys")).doesNotExist();
    }
}
