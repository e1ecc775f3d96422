package io.kybern.workload.core.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRulesBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScaleLimitsTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private final ScaleHistory history = new ScaleHistory();

    private static HPAScalingRulesBuilder rules() {
        return new HPAScalingRulesBuilder();
    }

    private static ScaleLimits between(int min, int max, HPAScalingRulesBuilder up, HPAScalingRulesBuilder down) {
        return new ScaleLimits(min, max, ScalingRules.up(up.build()), ScalingRules.down(down.build()));
    }

    @Test
    void withoutRulesTheNumberDoublesAtMost() {
        ScaleLimits limits = new ScaleLimits(1, 100, null, ScalingRules.down(null));

        ScaleLimits.Decision decision = limits.decide(history, 5, 40, NOW);

        assertThat(decision.replicas()).isEqualTo(10);
        assertThat(decision.limited().reason()).isEqualTo("ScaleUpLimit");
        assertThat(limits.decide(new ScaleHistory(), 1, 40, NOW).replicas()).isEqualTo(4);
    }

    @Test
    void theRulesOfTheApiDoubleOrAddFourWhicheverIsMore() {
        ScaleLimits limits = between(1, 100, rules(), rules());

        assertThat(limits.decide(history, 2, 50, NOW).replicas()).isEqualTo(6);
        assertThat(limits.decide(history, 10, 50, NOW).replicas()).isEqualTo(20);
    }

    @Test
    void whatWasAddedInThePeriodCounts() {
        ScaleLimits limits = between(1, 100, rules().addNewPolicy(60, "Pods", 3).withSelectPolicy("Max"), rules());
        history.changed(2, 4, NOW.minusSeconds(30));

        assertThat(limits.decide(history, 4, 50, NOW).replicas()).isEqualTo(5);
        assertThat(limits.decide(history, 4, 50, NOW.plusSeconds(31)).replicas())
                .isEqualTo(7);
    }

    @Test
    void theSmallestStepCanBeChosen() {
        ScaleLimits limits = between(
                1,
                100,
                rules(),
                rules().withStabilizationWindowSeconds(0)
                        .addNewPolicy(60, "Pods", 4)
                        .addNewPolicy(60, "Percent", 10)
                        .withSelectPolicy("Min"));

        ScaleLimits.Decision decision = limits.decide(history, 20, 1, NOW);

        assertThat(decision.replicas()).isEqualTo(18);
        assertThat(decision.limited().reason()).isEqualTo("ScaleDownLimit");
    }

    @Test
    void aDirectionCanBeForbidden() {
        ScaleLimits limits =
                between(1, 100, rules().withSelectPolicy("Disabled"), rules().withSelectPolicy("Disabled"));

        assertThat(limits.decide(history, 5, 50, NOW).replicas()).isEqualTo(5);
        assertThat(limits.decide(new ScaleHistory(), 5, 1, NOW).replicas()).isEqualTo(5);
    }

    @Test
    void aWindowUpwardsTakesTheLowestOfTheLastWhile() {
        ScaleLimits limits = between(1, 100, rules().withStabilizationWindowSeconds(60), rules());
        history.recommended(6, NOW.minusSeconds(30));

        ScaleLimits.Decision decision = limits.decide(history, 5, 9, NOW);

        assertThat(decision.replicas()).isEqualTo(6);
        assertThat(decision.able().reason()).isEqualTo("ScaleUpStabilized");
    }

    @Test
    void durationsComeFromTheRules() {
        assertThat(ScalingRules.down(rules().build()).window()).isEqualTo(Duration.ofMinutes(5));
        assertThat(ScalingRules.up(rules().build()).window()).isZero();
    }
}
