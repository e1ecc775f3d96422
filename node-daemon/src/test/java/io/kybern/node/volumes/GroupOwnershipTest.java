package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is done to a volume is seen by the commands; what it is like before is real. */
@Timeout(60)
class GroupOwnershipTest {

    @TempDir
    private Path volume;

    private final List<List<String>> commands = new ArrayList<>();
    private final GroupOwnership groups = new GroupOwnership((command, input) -> {
        commands.add(command);
        return "";
    });
    private long group;

    @BeforeEach
    void aVolumeThatBelongsToItsGroup() throws IOException {
        group = Integer.toUnsignedLong((Integer) Files.getAttribute(volume, "unix:gid"));
        mode(02770);
    }

    private void mode(int mode) throws IOException {
        Files.setAttribute(volume, "unix:mode", mode);
    }

    private static Pod pod(@Nullable Long group, @Nullable String policy) {
        return new PodBuilder()
                .withNewSpec()
                .withNewSecurityContext()
                .withFsGroup(group)
                .withFsGroupChangePolicy(policy)
                .endSecurityContext()
                .endSpec()
                .build();
    }

    private List<List<String>> changes(long wanted) {
        return List.of(
                List.of("chgrp", "-R", String.valueOf(wanted), volume.toString()),
                List.of("chmod", "-R", "g+rwX", volume.toString()),
                List.of("chmod", "g+s", volume.toString()));
    }

    private List<List<String>> changesThatShowWhenTheyEnd(long wanted) {
        List<List<String>> all = new ArrayList<>();
        all.add(List.of("chmod", "g-s", volume.toString()));
        all.addAll(changes(wanted));
        return all;
    }

    @Test
    void withoutAGroupNothingIsChanged() throws IOException {
        groups.ofLasting(pod(null, "OnRootMismatch"), volume);
        groups.ofLasting(new PodBuilder().withNewSpec().endSpec().build(), volume);
        assertThat(commands).isEmpty();
    }

    @Test
    void aVolumeIsChangedEachTimeUnlessThePolicySaysOtherwise() throws IOException {
        groups.ofLasting(pod(group, null), volume);
        assertThat(commands).isEqualTo(changes(group));
        commands.clear();
        groups.ofLasting(pod(group, "Always"), volume);
        assertThat(commands).isEqualTo(changes(group));
    }

    @Test
    void onMismatchOnlyLeavesAVolumeWhoseRootIsAsItShouldBe() throws IOException {
        groups.ofLasting(pod(group, "OnRootMismatch"), volume);
        mode(02775);
        groups.ofLasting(pod(group, "OnRootMismatch"), volume);
        assertThat(commands).isEmpty();
    }

    @Test
    void onMismatchOnlyChangesAVolumeOfAnotherGroup() throws IOException {
        groups.ofLasting(pod(group + 1, "OnRootMismatch"), volume);
        assertThat(commands).isEqualTo(changesThatShowWhenTheyEnd(group + 1));
    }

    @Test
    void onMismatchOnlyChangesAVolumeThatDoesNotHandItsGroupOnOrCannotBeWritten() throws IOException {
        for (int missing : new int[] {0770, 02750, 02760, 02570}) {
            commands.clear();
            mode(missing);
            groups.ofLasting(pod(group, "OnRootMismatch"), volume);
            assertThat(commands).as("mode %o", missing).isEqualTo(changesThatShowWhenTheyEnd(group));
        }
        mode(0700);
    }

    @Test
    void thePolicySaysNothingOfVolumesThatEndWithTheirPod() {
        groups.ofFresh(pod(group, "OnRootMismatch"), volume);
        assertThat(commands).isEqualTo(changes(group));
    }
}
