package io.kybern.workload.core.autoscaling;

import java.time.Instant;
import java.util.function.IntBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Brings a recommendation within what is allowed: the highest of the last while before there are fewer pods, not faster than the rules
 * say, not outside the range. Pure, but for the history that it adds to. See "Configurable scaling behavior" in the Kubernetes
 * documentation of horizontal pod autoscaling.
 *
 * @param min the fewest pods
 * @param max the most pods
 * @param up how fast there may be more; null for the rules before there were any: twice as many, at least four
 * @param down how fast there may be fewer
 */
record ScaleLimits(int min, int max, @Nullable ScalingRules up, ScalingRules down) {

    private static final int LEAST_STEP_TO = 4;

    /** A reason and a message of a condition. */
    record Why(String reason, String message) {

        static final Why READY = new Why("ReadyForNewScale", "recommended size matches current size");
        static final Why HIGHER = new Why(
                "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent recommendation");
        static final Why LOWER = new Why(
                "ScaleUpStabilized",
                "recent recommendations were lower than current one, applying the lowest recent recommendation");
        static final Why WITHIN = new Why("DesiredWithinRange", "the desired count is within the acceptable range");
        static final Why TOO_FAST_UP =
                new Why("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
        static final Why TOO_FAST_DOWN =
                new Why("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
        static final Why TOO_MANY =
                new Why("TooManyReplicas", "the desired replica count is more than the maximum replica count");
        static final Why TOO_FEW =
                new Why("TooFewReplicas", "the desired replica count is less than the minimum replica count");
    }

    /**
     * What comes out.
     *
     * @param able the condition AbleToScale
     * @param limited the condition ScalingLimited
     */
    record Decision(int replicas, Why able, Why limited) {

        boolean isLimited() {
            return !limited.equals(Why.WITHIN);
        }
    }

    Decision decide(ScaleHistory history, int current, int proposed, Instant now) {
        int steady = stabilized(history, current, proposed, now);
        history.recommended(proposed, now);
        Why able = steady == proposed ? Why.READY : up != null && proposed >= current ? Why.LOWER : Why.HIGHER;
        Decision bounded = up == null ? bounded(current, steady) : bounded(history, up, current, steady, now);
        return new Decision(bounded.replicas(), able, bounded.limited());
    }

    private int stabilized(ScaleHistory history, int current, int proposed, Instant now) {
        int highest = history.highest(proposed, down.window(), now);
        if (up == null) {
            return highest;
        }
        int lowest = history.lowest(proposed, up.window(), now);
        return Math.min(Math.max(current, lowest), highest);
    }

    private Decision bounded(int current, int steady) {
        int fastest = Math.max(2 * current, LEAST_STEP_TO);
        if (steady < min) {
            return new Decision(min, Why.READY, Why.TOO_FEW);
        }
        if (steady > Math.min(max, fastest)) {
            return new Decision(Math.min(max, fastest), Why.READY, max > fastest ? Why.TOO_FAST_UP : Why.TOO_MANY);
        }
        return new Decision(steady, Why.READY, Why.WITHIN);
    }

    private Decision bounded(ScaleHistory history, ScalingRules rules, int current, int steady, Instant now) {
        if (steady > current) {
            int fastest = Math.max(current, fastestUp(history, rules, current, now));
            if (steady > Math.min(max, fastest)) {
                return new Decision(Math.min(max, fastest), Why.READY, max > fastest ? Why.TOO_FAST_UP : Why.TOO_MANY);
            }
        } else if (steady < current) {
            int fastest = Math.min(current, fastestDown(history, current, now));
            if (steady < Math.max(min, fastest)) {
                return new Decision(Math.max(min, fastest), Why.READY, min < fastest ? Why.TOO_FAST_DOWN : Why.TOO_FEW);
            }
        }
        return new Decision(steady, Why.READY, Why.WITHIN);
    }

    private static int fastestUp(ScaleHistory history, ScalingRules rules, int current, Instant now) {
        if (rules.select() == ScalingRules.Select.DISABLED) {
            return current;
        }
        boolean least = rules.select() == ScalingRules.Select.MIN;
        IntBinaryOperator pick = least ? Math::min : Math::max;
        return rules.policies().stream()
                .mapToInt(policy -> {
                    int before = current - history.grown(policy.period(), now);
                    return policy.percent()
                            ? (int) Math.ceil(before * (1 + policy.amount() / 100.0))
                            : before + policy.amount();
                })
                .reduce(least ? Integer.MAX_VALUE : Integer.MIN_VALUE, pick);
    }

    private int fastestDown(ScaleHistory history, int current, Instant now) {
        if (down.select() == ScalingRules.Select.DISABLED) {
            return current;
        }
        boolean least = down.select() == ScalingRules.Select.MIN;
        IntBinaryOperator pick = least ? Math::max : Math::min;
        return down.policies().stream()
                .mapToInt(policy -> {
                    int before = current - history.grown(policy.period(), now);
                    return policy.percent() ? (int) (before * (1 - policy.amount() / 100.0)) : before - policy.amount();
                })
                .reduce(least ? Integer.MIN_VALUE : Integer.MAX_VALUE, pick);
    }
}
