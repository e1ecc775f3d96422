package io.kybern.controller.leader;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the replicas of a service agree on one; the times are those of the Kubernetes components.
 *
 * @param enabled false for a service that is alone
 * @param namespace where the Lease is
 * @param name of the Lease, null for the service's name
 * @param leaseDuration how long a Lease that is not renewed keeps others out
 * @param renewDeadline how long the leader works on without a renewal; less than the lease's duration, so that it has stopped
 *     before another begins
 * @param retryPeriod the pause between two tries
 */
@ConfigurationProperties("kybern.leader-election")
public record LeaderProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("kube-system") String namespace,
        @Nullable String name,
        @DefaultValue("15s") Duration leaseDuration,
        @DefaultValue("10s") Duration renewDeadline,
        @DefaultValue("2s") Duration retryPeriod) {

    public LeaderProperties {
        if (renewDeadline.compareTo(leaseDuration) >= 0) {
            throw new IllegalArgumentException("kybern.leader-election.renew-deadline (" + renewDeadline
                    + ") must be less than lease-duration (" + leaseDuration + ")");
        }
    }
}
