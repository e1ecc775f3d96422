package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How many pods a metric asks for: the present number times the ratio of what is used to what is wanted, rounded up. Where pods are
 * missing from the metric, they are taken for what makes the step smaller. Pure. See "Algorithm details" in the Kubernetes documentation of
 * horizontal pod autoscaling.
 */
final class ReplicaCalculator {

    private final Tolerance tolerance;
    private final Instant now;

    ReplicaCalculator(Tolerance tolerance, Instant now) {
        this.tolerance = tolerance;
        this.now = now;
    }

    /** How what is used is compared with what is wanted. */
    private interface Measure {

        /** The ratio, with what is shown of it. */
        Ratio of(Map<String, Long> amounts);

        /** What a pod of which nothing is known is taken to use when that argues against fewer pods. */
        long full(String pod);
    }

    private record Ratio(double value, int percent, long average) {}

    /**
     * For a part of what is requested.
     *
     * @param requests of each pod, in thousandths
     * @param percent the part that is wanted
     */
    Proposal utilization(
            int current, Collection<Pod> pods, Map<String, Sample> samples, Map<String, Long> requests, Wanted wanted) {
        return propose(current, pods, samples, wanted.cpu(), new Measure() {
            @Override
            public Ratio of(Map<String, Long> amounts) {
                long used = 0;
                long requested = 0;
                int count = 0;
                for (Map.Entry<String, Long> each : amounts.entrySet()) {
                    Long request = requests.get(each.getKey());
                    if (request != null) {
                        used += each.getValue();
                        requested += request;
                        count++;
                    }
                }
                if (requested == 0) {
                    throw MetricsSource.Unavailable.because("no metrics returned matched known pods");
                }
                int percent = (int) (used * 100 / requested);
                return new Ratio(percent / (double) wanted.amount(), percent, used / count);
            }

            @Override
            public long full(String pod) {
                return requests.getOrDefault(pod, 0L) * Math.max(100, wanted.amount()) / 100;
            }
        });
    }

    /**
     * What an autoscaler wants of a metric of its pods.
     *
     * @param amount per cent of what is requested, or thousandths of the metric
     * @param cpu whether the metric is processor time, which pods need to start
     */
    record Wanted(long amount, boolean cpu) {}

    /** For an average over the pods. */
    Proposal average(int current, Collection<Pod> pods, Map<String, Sample> samples, Wanted wanted) {
        return propose(current, pods, samples, wanted.cpu(), new Measure() {
            @Override
            public Ratio of(Map<String, Long> amounts) {
                long average = amounts.values().stream().mapToLong(each -> each).sum() / amounts.size();
                return new Ratio(average / (double) wanted.amount(), 0, average);
            }

            @Override
            public long full(String pod) {
                return wanted.amount();
            }
        });
    }

    private Proposal propose(
            int current, Collection<Pod> pods, Map<String, Sample> samples, boolean cpu, Measure measure) {
        if (pods.isEmpty()) {
            throw MetricsSource.Unavailable.because("no pods returned by selector while calculating replica count");
        }
        PodGroups groups = PodGroups.of(pods, samples, cpu, now);
        Map<String, Long> amounts = new HashMap<>();
        samples.forEach((pod, sample) -> amounts.put(pod, sample.milliValue()));
        amounts.keySet().removeAll(groups.unready());
        amounts.keySet().removeAll(groups.ignored());
        if (amounts.isEmpty()) {
            throw MetricsSource.Unavailable.because(
                    "did not receive metrics for targeted pods (pods might be unready)");
        }
        Ratio seen = measure.of(amounts);
        boolean countsUnready = !groups.unready().isEmpty() && seen.value() > 1.0;
        if (!countsUnready && groups.missing().isEmpty()) {
            int wanted = tolerance.covers(seen.value()) ? current : up(seen.value() * groups.ready());
            return new Proposal(wanted, seen.percent(), seen.average());
        }
        groups.missing().forEach(pod -> amounts.put(pod, seen.value() < 1.0 ? measure.full(pod) : 0L));
        if (countsUnready) {
            groups.unready().forEach(pod -> amounts.put(pod, 0L));
        }
        double ratio = measure.of(amounts).value();
        boolean turned = seen.value() < 1.0 && ratio > 1.0 || seen.value() > 1.0 && ratio < 1.0;
        int wanted = up(ratio * amounts.size());
        boolean contrary = ratio < 1.0 && wanted > current || ratio > 1.0 && wanted < current;
        return new Proposal(
                tolerance.covers(ratio) || turned || contrary ? current : wanted, seen.percent(), seen.average());
    }

    /** For a value that is compared as a whole; from no pods at all it leads to as many as the ratio. */
    Proposal value(int current, Collection<Pod> pods, long value, long wanted) {
        double ratio = value / (double) wanted;
        if (current == 0) {
            return new Proposal(up(ratio), 0, value);
        }
        if (tolerance.covers(ratio)) {
            return new Proposal(current, 0, value);
        }
        if (pods.isEmpty()) {
            throw MetricsSource.Unavailable.because(
                    "unable to calculate ready pods: no pods returned by selector while calculating replica count");
        }
        long ready = pods.stream()
                .filter(pod -> PodStates.phase(pod).equals("Running") && PodStates.isReady(pod))
                .count();
        return new Proposal(up(ratio * ready), 0, value);
    }

    /**
     * For a value that is shared among the pods.
     *
     * @param present how many pods share it now
     */
    Proposal share(int present, long value, long wanted) {
        boolean enough = present > 0 && tolerance.covers(value / ((double) wanted * present));
        int replicas = enough ? present : up(value / (double) wanted);
        return new Proposal(replicas, 0, present == 0 ? 0 : up(value / (double) present));
    }

    private static int up(double value) {
        return (int) Math.ceil(value);
    }
}
