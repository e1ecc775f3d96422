package io.kybern.node.eviction;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When images that nothing uses go, named and written as for kubelets. See <a
 * href="https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle">container image
 * lifecycle</a>.
 *
 * @param imageGcHighThresholdPercent how full the disk is before images go
 * @param imageGcLowThresholdPercent how full it still is when no more go
 * @param imageMinimumGcAge how long an image stays at least
 * @param imageMaximumGcAge how long an image stays unused at most, however empty the disk is; 0 for any time
 */
@ConfigurationProperties("kybern.node-daemon")
public record ImageCollectionProperties(
        @DefaultValue("85") int imageGcHighThresholdPercent,
        @DefaultValue("80") int imageGcLowThresholdPercent,
        @DefaultValue("2m") Duration imageMinimumGcAge,
        @DefaultValue("0s") Duration imageMaximumGcAge) {

    /** What holds when nothing is set. */
    static final ImageCollectionProperties DEFAULTS =
            new ImageCollectionProperties(85, 80, Duration.ofMinutes(2), Duration.ZERO);

    /** Refuses numbers that mean nothing. */
    public ImageCollectionProperties {
        if (imageGcLowThresholdPercent < 0
                || imageGcHighThresholdPercent > 100
                || imageGcLowThresholdPercent >= imageGcHighThresholdPercent) {
            throw new IllegalArgumentException(
                    "image-gc-low-threshold-percent must be below image-gc-high-threshold-percent, both from 0 to 100");
        }
        if (imageMaximumGcAge.isPositive() && imageMaximumGcAge.compareTo(imageMinimumGcAge) < 0) {
            throw new IllegalArgumentException("image-maximum-gc-age must not be below image-minimum-gc-age");
        }
    }
}
