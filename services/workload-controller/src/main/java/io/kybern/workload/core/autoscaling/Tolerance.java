package io.kybern.workload.core.autoscaling;

/**
 * How far what is used may be from what is wanted before the number of pods changes.
 *
 * @param down the part that it may be below
 * @param up the part that it may be above
 */
record Tolerance(double down, double up) {

    /** As much as Kubernetes tolerates unless told otherwise. */
    static final double USUAL = 0.1;

    /** Whether that ratio of used to wanted is good enough. */
    boolean covers(double ratio) {
        return 1.0 - down <= ratio && ratio <= 1.0 + up;
    }
}
