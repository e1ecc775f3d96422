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
import org.jspecify.annotations.Nullable;
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

    private final List<List<String>> ownership = new ArrayList<>();
    private @Nullable Long group;
    private int refusals;

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
                new GroupOwnership((command, input) -> {
                    ownership.add(command);
                    if (refusals-- > 0) {
                        throw new IllegalStateException(command.getFirst() + " was interrupted");
                    }
                    return "";
                }));
        Pod pod = new PodBuilder()
                .withNewSpec()
                .withNewSecurityContext()
                .withFsGroup(group)
                .endSecurityContext()
                .endSpec()
                .build();
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
    void oneInMemoryIsItsGroupsFromTheBeginning() throws Exception {
        group = 1001L;
        Path made = prepare("Memory");
        assertThat(commands)
                .containsExactly(List.of(
                        "mount", "-t", "tmpfs", "-o", "mode=2777,gid=1001,size=" + 10 * MIB, "tmpfs", made.toString()));
    }

    @Test
    void oneThatWasLeftHalfMadeIsMadeAnew() throws Exception {
        group = 1001L;
        refusals = 1;
        assertThatThrownBy(() -> prepare("")).hasMessage("chgrp was interrupted");
        assertThat(Files.getPosixFilePermissions(prepare(""))).isEqualTo(AtomicDirectory.permissions(0777));
        assertThat(ownership).extracting(List::getFirst).containsExactly("chgrp", "chgrp", "chmod", "chmod");
        prepare("");
        assertThat(ownership).hasSize(4);
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
