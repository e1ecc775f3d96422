package io.kybern.node.pods;

import io.kybern.node.cgroups.PodGroups;
import io.kybern.node.env.ContainerEnvironment;
import io.kybern.node.events.EventSink;
import io.kybern.node.network.PodNetwork;
import io.kybern.node.objects.PodClient;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.probes.FirstProbing;
import io.kybern.node.probes.ProbeMetrics;
import io.kybern.node.probes.Prober;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.volumes.PodVolumes;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Everything outside that pods work with.
 *
 * @param timer triggers only; nothing blocks on it
 * @param threads a virtual thread for each task
 */
public record PodPorts(
        ContainerRuntime runtime,
        PodGroups groups,
        PodNetwork network,
        PodVolumes volumes,
        PodClient client,
        ReferencedObjects objects,
        EventSink events,
        ContainerEnvironment environment,
        Prober prober,
        FirstProbing firstProbing,
        ProbeMetrics probeMetrics,
        NodeFacts node,
        Clock clock,
        ScheduledExecutorService timer,
        ExecutorService threads) {}
