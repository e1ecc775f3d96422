package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.command.CommandRunner;
import io.kybern.node.command.ProcessCommandRunner;
import io.kybern.testing.MutableClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelLogTest {

    private static final String ID = "e86b628f87256617c49ec45f989398c20f557471991a86517f211614d57b8054";

    private static ContainerDetails container(ContainerState state, int exitCode) {
        return ended(state, exitCode, null);
    }

    private static ContainerDetails ended(ContainerState state, int exitCode, @Nullable Instant at) {
        return new ContainerDetails(
                ID,
                state,
                0,
                exitCode,
                false,
                "",
                Instant.EPOCH,
                null,
                at,
                "",
                "SIGTERM",
                ContainerSpec.Resources.none(),
                Map.of());
    }

    private static KernelLog saying(String victimGroup) {
        return new KernelLog((command, input) -> """
                [  579.150736] tail invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=999
                [  579.152677] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=%s,mems_allowed=0,oom_memcg=/kubepods/burstable/poda,task_memcg=%s,task=tail,pid=28708,uid=0
                [  579.152713] Memory cgroup out of memory: Killed process 28708 (tail) total-vm:11996kB
                """.formatted(ID, victimGroup), Clock.systemUTC());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/kubepods/burstable/poda/" + ID,
                "/docker/8f9d37d8/kubepods/poda/" + ID,
                "/kubepods.slice/kubepods-poda.slice/docker-" + ID + ".scope"
            })
    void aContainerWhoseGroupTheKernelNamesWasKilledForMemory(String group) {
        assertThat(saying(group).complete(container(ContainerState.EXITED, 137)).oomKilled())
                .isTrue();
    }

    @Test
    void oneOfTheSamePodThatWasNotTheVictimWasNot() {
        assertThat(saying("/kubepods/burstable/poda/" + ID.replace('e', 'f'))
                        .complete(container(ContainerState.EXITED, 137))
                        .oomKilled())
                .isFalse();
    }

    @Test
    void theLogIsReadForKilledContainersOnly() {
        CommandRunner nobody = (command, input) -> {
            throw new AssertionError(command + " is not wanted");
        };
        KernelLog log = new KernelLog(nobody, Clock.systemUTC());
        for (ContainerDetails c : List.of(
                container(ContainerState.EXITED, 1),
                container(ContainerState.RUNNING, 137),
                container(ContainerState.EXITED, 137).killedForMemory())) {
            assertThat(log.complete(c)).isEqualTo(c);
        }
    }

    @Test
    void oneReadingIsForAllThatHadEndedByThen() {
        MutableClock clock = new MutableClock();
        AtomicInteger readings = new AtomicInteger();
        KernelLog log = new KernelLog(
                (command, input) -> readings.incrementAndGet() == 2 ? ",task_memcg=/docker/" + ID + ",task=x" : "",
                clock);
        Instant before = clock.instant().minusSeconds(1);
        for (int i = 0; i < 3; i++) {
            assertThat(log.complete(ended(ContainerState.EXITED, 137, before)).oomKilled())
                    .isFalse();
        }
        assertThat(readings).hasValue(1);
        Instant after = clock.instant().plusSeconds(1);
        clock.advance(Duration.ofSeconds(2));
        for (int i = 0; i < 3; i++) {
            assertThat(log.complete(ended(ContainerState.EXITED, 137, after)).oomKilled())
                    .isTrue();
        }
        assertThat(readings).hasValue(2);
    }

    @Test
    void aLogThatCannotBeReadIsTriedAgainAfterAMoment() {
        MutableClock clock = new MutableClock();
        AtomicInteger readings = new AtomicInteger();
        CommandRunner forbidden = new ProcessCommandRunner(Duration.ofSeconds(30), Thread.ofVirtual()::start);
        KernelLog log = new KernelLog(
                (command, input) -> {
                    readings.incrementAndGet();
                    return forbidden.run("false");
                },
                clock);
        for (int i = 0; i < 3; i++) {
            assertThat(log.complete(container(ContainerState.EXITED, 137)).oomKilled())
                    .isFalse();
        }
        assertThat(readings).hasValue(1);
        clock.advance(Duration.ofSeconds(1));
        log.complete(container(ContainerState.EXITED, 137));
        assertThat(readings).hasValue(2);
    }
}
