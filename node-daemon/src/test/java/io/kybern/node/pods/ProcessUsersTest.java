package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LinuxContainerUser;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ContainerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessUsersTest {

    @TempDir
    private Path proc;

    private static ObservedPod running(String id, long pid, ContainerState state) {
        var details = new ContainerDetails(
                id,
                state,
                pid,
                0,
                false,
                "",
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                "image",
                "SIGTERM",
                ContainerSpec.Resources.none(),
                Map.of());
        return ObservedPod.of(List.of(new ObservedContainer("c", ContainerKind.APP, 0, "", "s", details)));
    }

    private void process(long pid, String uid, String gid, String groups) throws IOException {
        Path directory = Files.createDirectories(proc.resolve(String.valueOf(pid)));
        Files.writeString(
                directory.resolve("status"),
                "Name:\tsleep\nUid:\t%1$s\t%1$s\t%1$s\t%1$s\nGid:\t%2$s\t%2$s\t%2$s\t%2$s\nGroups:\t%3$s \nNStgid:\t7\n"
                        .formatted(uid, gid, groups));
    }

    @Test
    void isWhatTheFirstProcessBeganAs() throws IOException {
        ProcessUsers users = new ProcessUsers(proc);
        process(7, "1000", "3000", "3000 4000");
        users.look(running("a", 7, ContainerState.RUNNING));
        LinuxContainerUser user = users.known().get("a").getLinux();
        assertThat(user.getUid()).isEqualTo(1000);
        assertThat(user.getGid()).isEqualTo(3000);
        assertThat(user.getSupplementalGroups()).containsExactly(3000L, 4000L);

        // it becomes somebody else, and ends
        process(7, "1", "1", "");
        users.look(running("a", 7, ContainerState.RUNNING));
        users.look(running("a", 0, ContainerState.EXITED));
        assertThat(users.known().get("a").getLinux().getUid()).isEqualTo(1000);
    }

    @Test
    void aProcessWithoutFurtherGroupsHasNone() throws IOException {
        ProcessUsers users = new ProcessUsers(proc);
        process(7, "0", "0", "");
        users.look(running("a", 7, ContainerState.RUNNING));
        assertThat(users.known().get("a").getLinux().getSupplementalGroups()).isEmpty();
    }

    @Test
    void whatIsGoneIsForgottenAndWhatCannotBeReadIsNotTold() throws IOException {
        ProcessUsers users = new ProcessUsers(proc);
        process(7, "0", "0", "0");
        users.look(running("a", 7, ContainerState.RUNNING));
        users.look(running("b", 8, ContainerState.RUNNING));
        assertThat(users.known()).isEmpty();
    }
}
