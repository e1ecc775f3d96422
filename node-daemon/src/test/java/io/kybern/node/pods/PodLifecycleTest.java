package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class PodLifecycleTest {

    /** All ways there are, besides staying. */
    private static final Map<PodStage, Set<PodStage>> WAYS = Map.of(
            PodStage.NEW, EnumSet.of(PodStage.ACTIVE, PodStage.STOPPING, PodStage.STOPPED),
            PodStage.ACTIVE, EnumSet.of(PodStage.STOPPING),
            PodStage.STOPPING, EnumSet.of(PodStage.STOPPED),
            PodStage.STOPPED, EnumSet.of(PodStage.RELEASED, PodStage.GONE),
            PodStage.RELEASED, EnumSet.of(PodStage.GONE),
            PodStage.GONE, EnumSet.noneOf(PodStage.class));

    static Stream<Arguments> pairs() {
        return Stream.of(PodStage.values())
                .flatMap(from -> Stream.of(PodStage.values()).map(to -> Arguments.of(from, to)));
    }

    private static List<PodSituation> situations() {
        return IntStream.range(0, 1 << 7)
                .mapToObj(bits -> new PodSituation(
                        (bits & 1) > 0,
                        (bits & 2) > 0,
                        (bits & 4) > 0,
                        (bits & 8) > 0,
                        (bits & 16) > 0,
                        (bits & 32) > 0,
                        (bits & 64) > 0))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void thereIsAWayWhereOneIsWantedAndNowhereElse(PodStage from, PodStage to) {
        Optional<List<PodEffect>> effects = PodLifecycle.effects(from, to);

        if (from == to) {
            assertThat(effects).contains(List.of());
        } else {
            assertThat(effects.isPresent()).isEqualTo(WAYS.get(from).contains(to));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverHappensTheNextStageCanBeReached(PodStage stage) {
        Set<PodStage> reached = situations().stream()
                .map(now -> PodLifecycle.next(stage, now))
                .filter(next -> next != stage)
                .collect(Collectors.toSet());

        assertThat(reached).isEqualTo(WAYS.get(stage));
    }

    @Test
    void nothingIsLetGoWhileSomethingRuns() {
        for (PodSituation now : situations()) {
            if (now.running() || now.starting()) {
                assertThat(PodLifecycle.next(PodStage.STOPPING, now)).isEqualTo(PodStage.STOPPING);
            }
        }
    }

    @Test
    void theObjectIsLetGoOnlyWhenItsLastStatusIsKnown() {
        for (PodSituation now : situations()) {
            if (PodLifecycle.next(PodStage.STOPPED, now) == PodStage.RELEASED) {
                assertThat(now.reported()).as("%s", now).isTrue();
                assertThat(now.deletionAsked()).as("%s", now).isTrue();
            }
        }
    }

    @Test
    void aPodThatIsDeletedGivesEverythingBackInOrder() {
        List<PodEffect> effects = new ArrayList<>();
        PodStage stage = PodStage.ACTIVE;
        PodSituation asked = new PodSituation(false, false, true, false, false, false, true);
        PodSituation gone = new PodSituation(false, true, true, false, false, false, true);
        for (PodSituation now : List.of(asked, asked, asked, gone)) {
            PodStage next = PodLifecycle.next(stage, now);
            effects.addAll(PodLifecycle.effects(stage, next).orElseThrow());
            stage = next;
        }

        assertThat(stage).isEqualTo(PodStage.GONE);
        assertThat(effects)
                .containsExactly(
                        PodEffect.CANCEL_START,
                        PodEffect.END_RESTART_PROBES,
                        PodEffect.BEGIN_STOP,
                        PodEffect.END_PROBES,
                        PodEffect.RELEASE_NETWORK,
                        PodEffect.REMOVE_SANDBOX,
                        PodEffect.RELEASE_VOLUMES,
                        PodEffect.REPORT,
                        PodEffect.CONFIRM_DELETION,
                        PodEffect.REMOVE_CONTAINERS,
                        PodEffect.REMOVE_DIRECTORY,
                        PodEffect.FORGET);
    }

    @Test
    void aRefusedPodIsReportedAndNeverStarted() {
        PodSituation refused = new PodSituation(true, false, false, false, false, false, false);

        assertThat(PodLifecycle.next(PodStage.NEW, refused)).isEqualTo(PodStage.STOPPED);
        assertThat(PodLifecycle.effects(PodStage.NEW, PodStage.STOPPED)).contains(List.of(PodEffect.REPORT));
    }
}
