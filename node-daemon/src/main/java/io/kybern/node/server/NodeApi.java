package io.kybern.node.server;

import io.kybern.node.pods.PodTable;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.volumes.LocalDirectories;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What the node's API answers from.
 *
 * @param pods the pods of this node
 * @param runtime the container engine
 * @param metrics the daemon's metrics in the Prometheus text format
 * @param probes what came of the pods' probes, in the same format
 * @param stats what pods and node use
 * @param volumes the directories behind volumes that were made for claims
 * @param threads runs what may block
 * @param clock tells the time that relative times count from
 */
record NodeApi(
        PodTable pods,
        ContainerRuntime runtime,
        Supplier<String> metrics,
        Supplier<String> probes,
        StatsPages stats,
        LocalDirectories volumes,
        Executor threads,
        Clock clock) {}
