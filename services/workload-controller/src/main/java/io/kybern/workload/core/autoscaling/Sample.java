package io.kybern.workload.core.autoscaling;

import java.time.Duration;
import java.time.Instant;

/**
 * What one pod was seen to use.
 *
 * @param milliValue the amount in thousandths
 * @param at when
 * @param window the span that a rate was taken over
 */
public record Sample(long milliValue, Instant at, Duration window) {}
