package io.kybern.node.server;

import io.kybern.node.pods.PodTable;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.volumes.LocalDirectories;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What the node's API answers from.
 *
 * @param pods the pods of this node
 * @param runtime the container engine
 * @param pages what it says of itself
 * @param stats what pods and node use
 * @param logSettings the directory of the system's logs, and whether it is shown
 * @param volumes the directories behind volumes that were made for claims
 * @param threads runs what may block
 * @param clock tells the time that relative times count from
 */
record NodeApi(
        PodTable pods,
        ContainerRuntime runtime,
        Pages pages,
        StatsPages stats,
        SystemLogProperties logSettings,
        LocalDirectories volumes,
        Executor threads,
        Clock clock) {

    /**
     * Pages about the daemon.
     *
     * @param metrics its metrics in the Prometheus text format
     * @param probes what came of the pods' probes, in the same format
     * @param config its settings
     * @param health how it is
     */
    record Pages(Supplier<String> metrics, Supplier<String> probes, Supplier<String> config, HealthPage health) {}

    /** The system's logs, if they are shown. */
    Optional<SystemLogs> systemLogs() {
        return logSettings.enableSystemLogHandler()
                ? Optional.of(new SystemLogs(logSettings.systemLogDirectory()))
                : Optional.empty();
    }
}
