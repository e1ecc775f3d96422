package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSourceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.env.PodFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmptyDirsTest {

    private static final Map<String, Quantity> NODE = Map.of("memory", new Quantity("1Gi"));
    private static final long MIB = 1 << 20;

    @TempDir
    Path root;

    private final List<List<String>> commands = new ArrayList<>();

    private static PodFacts limitedTo(long memoryBytes) {
        return new PodFacts(List.of(), List.of(), NODE, memoryBytes);
    }

    private Path prepare(String medium) throws Exception {
        var source = new EmptyDirVolumeSourceBuilder()
                .withMedium(medium)
                .withSizeLimit(new Quantity("10Mi"))
                .build();
        EmptyDirs dirs = new EmptyDirs(
                new Mounts((command, input) -> {
                    commands.add(command);
                    return "";
                }),
                new GroupOwnership((command, input) -> ""));
        Pod pod = new PodBuilder().withNewSpec().endSpec().build();
        return dirs.prepare(pod, "v", source, root.resolve("v"), limitedTo(0));
    }

    @Test
    void oneOnTheDiskIsOpenForEverybodyAndNotMounted() throws Exception {
        assertThat(Files.getPosixFilePermissions(prepare(""))).isEqualTo(AtomicDirectory.permissions(0777));
        assertThat(commands).isEmpty();
    }

    @Test
    void oneInMemoryHoldsNoMoreThanItMay() throws Exception {
        Path made = prepare("Memory");
        assertThat(commands)
                .containsExactly(
                        List.of("mount", "-t", "tmpfs", "-o", "mode=0777,size=" + 10 * MIB, "tmpfs", made.toString()));
    }

    @Test
    void theLeastOfVolumePodAndNodeCounts() {
        assertThat(EmptyDirs.memoryBytes(null, limitedTo(0))).isEqualTo(1024 * MIB);
        assertThat(EmptyDirs.memoryBytes(new Quantity("2Gi"), limitedTo(0))).isEqualTo(1024 * MIB);
        assertThat(EmptyDirs.memoryBytes(new Quantity("0"), limitedTo(0))).isEqualTo(1024 * MIB);
        assertThat(EmptyDirs.memoryBytes(null, limitedTo(128 * MIB))).isEqualTo(128 * MIB);
        assertThat(EmptyDirs.memoryBytes(new Quantity("100Mi"), limitedTo(128 * MIB)))
                .isEqualTo(100 * MIB);
        assertThat(EmptyDirs.memoryBytes(null, new PodFacts(List.of(), List.of(), Map.of(), 0)))
                .isZero();
    }

    @Test
    void whatTheNodeHasNotIsRefused() {
        assertThatThrownBy(() -> prepare("HugePages-2Mi"))
                .hasMessage(
                        "MountVolume.SetUp failed for volume \"v\" : medium HugePages-2Mi: hugePages storage requested,"
                                + " but there is no resource request for huge pages");
        assertThatThrownBy(() -> prepare("Tape"))
                .hasMessage("MountVolume.SetUp failed for volume \"v\" : unknown storage medium \"Tape\"");
        assertThat(commands).isEmpty();
    }
}
