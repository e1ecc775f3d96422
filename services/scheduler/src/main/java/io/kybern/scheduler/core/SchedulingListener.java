package io.kybern.scheduler.core;

import java.time.Duration;

/** Told about attempts, for metrics. Called on the scheduler thread. */
public interface SchedulingListener {

    /** Hears nothing. */
    SchedulingListener NONE = new SchedulingListener() {};

    /** An attempt ended: for a placed pod, when it was bound. */
    default void attempted(Result result, Duration took) {}

    /** A pod was bound, after so many attempts and so long in the queue. */
    default void placed(int attempts, Duration sinceFirstSeen) {}

    /** So many pods are to make room for another. */
    default void preempted(int victims) {}

    /** What an attempt came to. */
    enum Result {
        SCHEDULED("scheduled"),
        UNSCHEDULABLE("unschedulable"),
        ERROR("error");

        private final String label;

        Result(String label) {
            this.label = label;
        }

        /** The name in metrics. */
        public String label() {
            return label;
        }
    }
}
