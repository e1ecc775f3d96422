package io.kybern.node.eviction;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When the node runs short and pods have to go, named and written as for kubelets. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-thresholds">eviction
 * thresholds</a>.
 *
 * @param evictionHard what must be left, {@code memory.available<100Mi,nodefs.available<5%}; otherwise a pod goes at once
 * @param evictionSoft what should be left; otherwise a pod goes after a while, and may take its time to end
 * @param evictionSoftGracePeriod how long is waited then, for each signal of the soft ones: {@code memory.available=1m30s}
 * @param evictionMaxPodGracePeriod how long a pod may take to end then, in seconds, if it does not want less itself
 * @param evictionMinimumReclaim how much more than the threshold must be left again before it is enough, for some signals
 * @param evictionPressureTransitionPeriod how long a condition of the node stays after it was seen last
 */
@ConfigurationProperties("kybern.node-daemon")
public record EvictionProperties(
        @DefaultValue("memory.available<100Mi,nodefs.available<5%,nodefs.inodesFree<5%")
        String evictionHard,

        @DefaultValue("") String evictionSoft,
        @DefaultValue("") String evictionSoftGracePeriod,
        @DefaultValue("0") long evictionMaxPodGracePeriod,
        @DefaultValue("") String evictionMinimumReclaim,
        @DefaultValue("5m") Duration evictionPressureTransitionPeriod) {

    /** What of a resource is never for pods, because they go before it is touched; in bytes, of that capacity. */
    public long kept(String resource, long capacity) {
        return settings().thresholds().stream()
                .filter(threshold ->
                        !threshold.soft() && threshold.signal().resource().equals(resource))
                .mapToLong(threshold -> threshold.amount(capacity))
                .max()
                .orElse(0);
    }

    /** The thresholds; settings that make no sense are refused. */
    EvictionSettings settings() {
        return new EvictionSettings(
                Thresholds.parse(evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim),
                evictionMaxPodGracePeriod,
                evictionPressureTransitionPeriod);
    }
}
