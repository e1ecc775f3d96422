package io.kybern.workload.core.autoscaling;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerConditionBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status of an autoscaler while a pass fills it in. For one thread. */
final class StatusDraft {

    static final String ABLE = "AbleToScale";
    static final String ACTIVE = "ScalingActive";
    static final String LIMITED = "ScalingLimited";

    private final List<HorizontalPodAutoscalerCondition> conditions = new ArrayList<>();
    private final String now;
    private List<MetricStatus> metrics;
    private @Nullable String scaled;
    private @Nullable Integer current;
    private int desired;

    StatusDraft(HorizontalPodAutoscaler autoscaler, Instant now) {
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
        HorizontalPodAutoscalerStatus before =
                requireNonNullElse(autoscaler.getStatus(), new HorizontalPodAutoscalerStatus());
        conditions.addAll(requireNonNullElse(before.getConditions(), List.of()));
        metrics = requireNonNullElse(before.getCurrentMetrics(), List.of());
        scaled = before.getLastScaleTime();
        current = before.getCurrentReplicas();
        desired = requireNonNullElse(before.getDesiredReplicas(), 0);
    }

    /** Says so in the condition, since now if it was otherwise before. */
    void condition(String type, boolean holds, String reason, String message) {
        String status = holds ? "True" : "False";
        int at = 0;
        while (at < conditions.size() && !conditions.get(at).getType().equals(type)) {
            at++;
        }
        String since = now;
        if (at < conditions.size()) {
            HorizontalPodAutoscalerCondition before = conditions.remove(at);
            since = status.equals(before.getStatus()) ? before.getLastTransitionTime() : now;
        }
        conditions.add(
                at,
                new HorizontalPodAutoscalerConditionBuilder()
                        .withType(type)
                        .withStatus(status)
                        .withReason(reason)
                        .withMessage(message)
                        .withLastTransitionTime(since)
                        .build());
    }

    void counts(int replicas, int wanted) {
        current = replicas;
        desired = wanted;
    }

    /** Only how many there are; what is wanted cannot be told. */
    void count(int replicas) {
        current = replicas;
    }

    void metrics(List<MetricStatus> seen) {
        metrics = seen;
    }

    void scaledNow() {
        scaled = now;
    }

    HorizontalPodAutoscalerStatus status() {
        return new HorizontalPodAutoscalerStatusBuilder()
                .withConditions(conditions)
                .withCurrentMetrics(metrics)
                .withCurrentReplicas(current)
                .withDesiredReplicas(desired)
                .withLastScaleTime(scaled)
                .build();
    }

    /** Whether there is nothing to write. */
    static boolean same(@Nullable HorizontalPodAutoscalerStatus one, HorizontalPodAutoscalerStatus other) {
        return one != null
                && requireNonNullElse(one.getConditions(), List.of()).equals(other.getConditions())
                && requireNonNullElse(one.getCurrentMetrics(), List.of()).equals(other.getCurrentMetrics())
                && requireNonNullElse(one.getCurrentReplicas(), 0)
                        .equals(requireNonNullElse(other.getCurrentReplicas(), 0))
                && requireNonNullElse(one.getDesiredReplicas(), 0).equals(other.getDesiredReplicas())
                && java.util.Objects.equals(one.getLastScaleTime(), other.getLastScaleTime());
    }
}
