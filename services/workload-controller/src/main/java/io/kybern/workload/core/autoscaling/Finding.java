package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;

/**
 * What came of one metric.
 *
 * @param name what the metric is called in messages
 * @param status what the autoscaler shows of it
 */
record Finding(Proposal proposal, String name, MetricStatus status) {

    static Quantity milli(long value) {
        return new Quantity(io.kybern.api.Quantity.ofMilli(value).canonical());
    }

    static long milli(Quantity value) {
        return io.kybern.api.Quantity.parse(value.toString()).milliValue();
    }

    /** A metric told nothing. */
    static final class Failed extends RuntimeException {

        private final String reason;
        private final String cause;

        private Failed(String reason, String cause, String message) {
            super(message);
            this.reason = reason;
            this.cause = cause;
        }

        /**
         * For that reason.
         *
         * @param reason of the event and the condition
         * @param cause what event and condition say
         * @param prefix what comes before it where all metrics are summed up; may be empty
         */
        static Failed because(String reason, String cause, String prefix) {
            return new Failed(reason, cause, prefix.isEmpty() ? cause : prefix + ": " + cause);
        }

        String reason() {
            return reason;
        }

        String why() {
            return cause;
        }
    }
}
