package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast the number of pods may change in one direction, with the defaults of the API filled in; see "Configurable scaling
 * behavior" in the Kubernetes documentation of horizontal pod autoscaling.
 *
 * @param window recommendations of so long ago count, too
 * @param select which of several policies holds
 * @param policies how much in how long
 * @param tolerance what is too small a difference
 */
record ScalingRules(Duration window, Select select, List<Policy> policies, double tolerance) {

    /** What the controller manager waits before fewer pods unless told otherwise. */
    static final Duration DOWNSCALE_WINDOW = Duration.ofMinutes(5);

    private static final Duration DEFAULT_PERIOD = Duration.ofSeconds(15);
    private static final Policy DOUBLE = new Policy(true, 100, DEFAULT_PERIOD);
    private static final Policy FOUR = new Policy(false, 4, DEFAULT_PERIOD);

    ScalingRules {
        policies = List.copyOf(policies);
    }

    /** Which policy holds. */
    enum Select {
        MAX,
        MIN,
        DISABLED
    }

    /**
     * So much in so long.
     *
     * @param percent whether the amount is per cent of the pods at the beginning of the period
     */
    record Policy(boolean percent, int amount, Duration period) {}

    static ScalingRules up(@Nullable HPAScalingRules rules) {
        return of(rules, Duration.ZERO, List.of(FOUR, DOUBLE));
    }

    static ScalingRules down(@Nullable HPAScalingRules rules) {
        return of(rules, DOWNSCALE_WINDOW, List.of(DOUBLE));
    }

    private static ScalingRules of(@Nullable HPAScalingRules rules, Duration window, List<Policy> policies) {
        if (rules == null) {
            return new ScalingRules(window, Select.MAX, policies, Tolerance.USUAL);
        }
        Integer seconds = rules.getStabilizationWindowSeconds();
        Quantity tolerance = rules.getTolerance();
        boolean own = rules.getPolicies() != null && !rules.getPolicies().isEmpty();
        return new ScalingRules(
                seconds == null ? window : Duration.ofSeconds(seconds),
                switch (String.valueOf(rules.getSelectPolicy())) {
                    case "Min" -> Select.MIN;
                    case "Disabled" -> Select.DISABLED;
                    default -> Select.MAX;
                },
                own
                        ? rules.getPolicies().stream()
                                .map(each -> new Policy(
                                        "Percent".equals(each.getType()),
                                        each.getValue(),
                                        Duration.ofSeconds(each.getPeriodSeconds())))
                                .toList()
                        : policies,
                tolerance == null
                        ? Tolerance.USUAL
                        : tolerance.getNumericalAmount().doubleValue());
    }
}
