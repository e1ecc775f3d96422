package io.kybern.benchmarks.scenario;

import java.time.Duration;

/**
 * How much work a run is; every figure bounds it.
 *
 * @param connections how many connections ask at once
 * @param warmUp how long a timed scenario runs before it is measured
 * @param measured how long it is measured
 * @param objects how many objects are created in a run
 * @param listed how many objects a list has
 * @param watchers how many watches are open
 * @param events how many changes they are told of
 * @param nodes how many nodes pods are bound to
 * @param pods how many pods are bound
 */
public record Sizes(
        int connections,
        Duration warmUp,
        Duration measured,
        int objects,
        int listed,
        int watchers,
        int events,
        int nodes,
        int pods) {

    /** What the documented figures were measured with. */
    public static Sizes full() {
        return new Sizes(32, Duration.ofSeconds(3), Duration.ofSeconds(5), 10_000, 2_000, 100, 2_000, 500, 2_000);
    }

    /** Just enough to see that everything works. */
    public static Sizes tiny() {
        return new Sizes(4, Duration.ofMillis(100), Duration.ofMillis(300), 40, 20, 4, 10, 3, 6);
    }

    /** Whether figures may stand beside those that Kubernetes reached. */
    public boolean comparable() {
        Sizes full = full();
        return connections == full.connections && listed == full.listed && watchers == full.watchers;
    }
}
