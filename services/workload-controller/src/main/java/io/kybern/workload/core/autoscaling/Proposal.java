package io.kybern.workload.core.autoscaling;

/**
 * What one metric asks for.
 *
 * @param replicas how many pods
 * @param percent how much of what is requested is used, in per cent; 0 for metrics that are not about requests
 * @param milliValue the metric's value, or its average over the pods, in thousandths
 */
record Proposal(int replicas, int percent, long milliValue) {}
