package io.kybern.workload.core.autoscaling;

import java.util.List;
import java.util.Map;

/**
 * The metrics APIs: {@code metrics.k8s.io}, {@code custom.metrics.k8s.io} and {@code external.metrics.k8s.io}. Calls wait for an answer.
 * See "Support for metrics APIs" in the Kubernetes documentation of horizontal pod autoscaling.
 */
public interface MetricsSource {

    /**
     * What the pods of a selector use of a resource, by pod name.
     *
     * @param container only what that container uses; empty for whole pods
     * @throws Unavailable if nothing can be told
     */
    Map<String, Sample> resource(String namespace, String selector, String resource, String container);

    /**
     * A metric of the pods of a selector, by pod name.
     *
     * @param labels what the metric is narrowed by; empty for nothing
     * @throws Unavailable if nothing can be told
     */
    Map<String, Sample> pods(String namespace, String selector, String metric, String labels);

    /**
     * A metric of another object, in thousandths.
     *
     * @param labels what the metric is narrowed by; empty for nothing
     * @throws Unavailable if nothing can be told
     */
    long object(String namespace, Described object, String metric, String labels);

    /**
     * The values of a metric that belongs to no object, in thousandths.
     *
     * @param labels what the metric is narrowed by; empty for nothing
     * @throws Unavailable if nothing can be told
     */
    List<Long> external(String namespace, String metric, String labels);

    /** An object that has a metric; the version may be empty. */
    record Described(String apiVersion, String kind, String name) {}

    /** There is no answer; the message is for people who look at the autoscaler. */
    final class Unavailable extends RuntimeException {

        private Unavailable(String message) {
            super(message);
        }

        /** For that reason. */
        public static Unavailable because(String message) {
            return new Unavailable(message);
        }
    }
}
