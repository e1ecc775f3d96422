package io.kybern.node.shutdown;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long pods are given when their machine is turned off, named as kubelets name it. See <a
 * href="https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#graceful-node-shutdown">graceful node
 * shutdown</a>.
 *
 * @param shutdownGracePeriod what all of them have together; none, and an orderly end of the daemon leaves the pods alone
 * @param shutdownGracePeriodCriticalPods the last part of it, for pods that the cluster cannot do without
 * @param shutdownGracePeriodByPodPriority instead of both: what the pods have from one priority up to the next
 */
@ConfigurationProperties("kybern.node-daemon")
public record ShutdownProperties(
        @DefaultValue("0s") Duration shutdownGracePeriod,
        @DefaultValue("0s") Duration shutdownGracePeriodCriticalPods,
        @Nullable Map<Integer, Duration> shutdownGracePeriodByPodPriority) {}
