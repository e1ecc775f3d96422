package io.kybern.workload.core.autoscaling;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each HorizontalPodAutoscaler every 15 seconds: asks for its metrics, and changes the scale of its target; see "Horizontal Pod
 * Autoscaling" in the Kubernetes documentation. What it remembers of former passes is lost with the process, which makes it wait
 * rather than hurry.
 */
public final class AutoscalerReconciler implements Reconciler {

    /** How often the controller manager looks unless told otherwise. */
    private static final Duration PERIOD = Duration.ofSeconds(15);

    private static final Outcome LATER = Outcome.again(PERIOD, "metrics change");

    private final Informer<HorizontalPodAutoscaler> autoscalers;
    private final Informer<Pod> pods;
    private final ScaleTargets targets;
    private final MetricEvaluator evaluator;
    private final ObjectApi<HorizontalPodAutoscaler> api;
    private final Reporting reporting;
    private final Map<ObjectKey, ScaleHistory> histories = new ConcurrentHashMap<>();
    private final Territory territory = new Territory();

    /** Where a pass notes what it does, and what time it is. */
    public record Reporting(WriteFence fence, EventRecorder recorder, Clock clock) {}

    /**
     * Reads and writes through these.
     *
     * @param targets whose scale is changed
     * @param metrics what that is based on
     */
    public AutoscalerReconciler(
            Informer<HorizontalPodAutoscaler> autoscalers,
            Informer<Pod> pods,
            ScaleTargets targets,
            MetricsSource metrics,
            ObjectApi<HorizontalPodAutoscaler> api,
            Reporting reporting) {
        this.autoscalers = autoscalers;
        this.pods = pods;
        this.targets = targets;
        this.evaluator = new MetricEvaluator(metrics);
        this.api = api;
        this.reporting = reporting;
    }

    /** A number of pods, and why. */
    private record Recommendation(int replicas, String metric) {}

    /**
     * Whether a change is worth a pass before the next one is due. What a pass writes itself, the status, is not: metrics that differ at
     * every look would otherwise ask for one pass after the other.
     */
    public static boolean asksForPass(ObjectChange<HorizontalPodAutoscaler> change) {
        HorizontalPodAutoscaler before = change.before();
        HorizontalPodAutoscaler after = change.after();
        return before == null || after == null || !Objects.equals(before.getSpec(), after.getSpec());
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<HorizontalPodAutoscaler> found = autoscalers.get(key);
        if (found.isEmpty() || Owners.isTerminating(found.get())) {
            histories.remove(key);
            territory.leave(key);
            reporting.fence().forget(key);
            return Outcome.done();
        }
        HorizontalPodAutoscaler autoscaler = found.get();
        Instant now = reporting.clock().instant();
        StatusDraft draft = new StatusDraft(autoscaler, now);
        try {
            ScaleTargets.Scale scale =
                    targets.find(key.namespace(), autoscaler.getSpec().getScaleTargetRef());
            draft.condition(
                    StatusDraft.ABLE,
                    true,
                    "SucceededGetScale",
                    "the HPA controller was able to get the target's current scale");
            pass(autoscaler, scale, draft, now);
        } catch (MetricsSource.Unavailable e) {
            String why = String.valueOf(e.getMessage());
            reporting.recorder().warning(autoscaler, "FailedGetScale", why);
            draft.condition(
                    StatusDraft.ABLE,
                    false,
                    "FailedGetScale",
                    "the HPA controller was unable to get the target's current scale: " + why);
        }
        write(autoscaler, draft.status());
        return LATER;
    }

    private void pass(HorizontalPodAutoscaler autoscaler, ScaleTargets.Scale scale, StatusDraft draft, Instant now) {
        HorizontalPodAutoscalerSpec spec = autoscaler.getSpec();
        int current = scale.wanted();
        int min = requireNonNullElse(spec.getMinReplicas(), 1);
        ScaleHistory history = histories.computeIfAbsent(ObjectKeys.of(autoscaler), key -> new ScaleHistory());
        history.begin(current, now);
        if (current == 0 && min != 0) {
            draft.condition(
                    StatusDraft.ACTIVE,
                    false,
                    "ScalingDisabled",
                    "scaling is disabled since the replica count of the target is zero");
            draft.metrics(List.of());
            draft.counts(0, 0);
            return;
        }
        if (current > spec.getMaxReplicas()) {
            draft.metrics(List.of());
            scale(
                    autoscaler,
                    scale,
                    new Recommendation(spec.getMaxReplicas(), "Current number of replicas above Spec.MaxReplicas"),
                    draft,
                    now);
            return;
        }
        if (current < min) {
            draft.metrics(List.of());
            scale(
                    autoscaler,
                    scale,
                    new Recommendation(min, "Current number of replicas below Spec.MinReplicas"),
                    draft,
                    now);
            return;
        }
        Optional<Recommendation> recommended = recommend(autoscaler, scale, draft, now);
        if (recommended.isEmpty()) {
            draft.count(current);
            return;
        }
        int proposed = recommended.get().replicas();
        HorizontalPodAutoscalerBehavior behavior = spec.getBehavior();
        ScaleLimits limits = new ScaleLimits(
                min,
                spec.getMaxReplicas(),
                behavior == null ? null : ScalingRules.up(behavior.getScaleUp()),
                ScalingRules.down(behavior == null ? null : behavior.getScaleDown()));
        ScaleLimits.Decision decision = limits.decide(history, current, proposed, now);
        draft.condition(
                StatusDraft.ABLE,
                true,
                decision.able().reason(),
                decision.able().message());
        draft.condition(
                StatusDraft.LIMITED,
                decision.isLimited(),
                decision.limited().reason(),
                decision.limited().message());
        if (decision.replicas() == current) {
            draft.counts(current, current);
            return;
        }
        String why = proposed > current
                ? recommended.get().metric() + " above target"
                : proposed < current ? "All metrics below target" : "";
        scale(autoscaler, scale, new Recommendation(decision.replicas(), why), draft, now);
    }

    private void scale(
            HorizontalPodAutoscaler autoscaler,
            ScaleTargets.Scale scale,
            Recommendation wanted,
            StatusDraft draft,
            Instant now) {
        try {
            targets.update(scale, wanted.replicas());
        } catch (MetricsSource.Unavailable e) {
            reporting
                    .recorder()
                    .warning(
                            autoscaler,
                            "FailedRescale",
                            "New size: %d; reason: %s; error: %s"
                                    .formatted(wanted.replicas(), wanted.metric(), e.getMessage()));
            draft.condition(
                    StatusDraft.ABLE,
                    false,
                    "FailedUpdateScale",
                    "the HPA controller was unable to update the target scale: " + e.getMessage());
            draft.count(scale.wanted());
            return;
        }
        draft.condition(
                StatusDraft.ABLE,
                true,
                "SucceededRescale",
                "the HPA controller was able to update the target scale to " + wanted.replicas());
        reporting
                .recorder()
                .normal(
                        autoscaler,
                        "SuccessfulRescale",
                        "New size: %d; reason: %s".formatted(wanted.replicas(), wanted.metric()));
        ScaleHistory history = histories.get(ObjectKeys.of(autoscaler));
        if (history != null) {
            history.changed(scale.wanted(), wanted.replicas(), now);
        }
        draft.counts(scale.wanted(), wanted.replicas());
        draft.scaledNow();
    }

    private Optional<Recommendation> recommend(
            HorizontalPodAutoscaler autoscaler, ScaleTargets.Scale scale, StatusDraft draft, Instant now) {
        Optional<Target> target = target(autoscaler, scale, draft);
        if (target.isEmpty()) {
            return Optional.empty();
        }
        ReplicaCalculator calculator =
                new ReplicaCalculator(tolerance(autoscaler.getSpec().getBehavior()), now);
        List<MetricStatus> seen = new ArrayList<>();
        Recommendation highest = null;
        Finding.Failed first = null;
        int failed = 0;
        List<MetricSpec> metrics = requireNonNullElse(autoscaler.getSpec().getMetrics(), List.of());
        for (MetricSpec each : metrics) {
            try {
                Finding finding = evaluator.evaluate(each, target.get(), calculator);
                seen.add(finding.status());
                if (highest == null || finding.proposal().replicas() > highest.replicas()) {
                    highest = new Recommendation(finding.proposal().replicas(), finding.name());
                }
            } catch (Finding.Failed e) {
                reporting.recorder().warning(autoscaler, e.reason(), e.why());
                first = first == null ? e : first;
                failed++;
            }
        }
        draft.metrics(seen);
        if (highest == null || first != null && highest.replicas() < scale.wanted()) {
            if (first != null) {
                draft.condition(
                        StatusDraft.ACTIVE,
                        false,
                        first.reason(),
                        "the HPA was unable to compute the replica count: " + first.why());
                reporting
                        .recorder()
                        .warning(
                                autoscaler,
                                "FailedComputeMetricsReplicas",
                                "invalid metrics (%d invalid out of %d), first error is: %s"
                                        .formatted(failed, metrics.size(), first.getMessage()));
            }
            return Optional.empty();
        }
        draft.condition(
                StatusDraft.ACTIVE,
                true,
                "ValidMetricFound",
                "the HPA was able to successfully calculate a replica count from " + highest.metric());
        return Optional.of(highest);
    }

    private static Tolerance tolerance(@Nullable HorizontalPodAutoscalerBehavior behavior) {
        return behavior == null
                ? new Tolerance(Tolerance.USUAL, Tolerance.USUAL)
                : new Tolerance(
                        ScalingRules.down(behavior.getScaleDown()).tolerance(),
                        ScalingRules.up(behavior.getScaleUp()).tolerance());
    }

    private Optional<Target> target(HorizontalPodAutoscaler autoscaler, ScaleTargets.Scale scale, StatusDraft draft) {
        if (scale.selector().isEmpty()) {
            reporting.recorder().warning(autoscaler, "SelectorRequired", "selector is required");
            draft.condition(
                    StatusDraft.ACTIVE, false, "InvalidSelector", "the HPA target's scale is missing a selector");
            return Optional.empty();
        }
        try {
            LabelSelector selector = LabelSelector.parse(scale.selector());
            String namespace = autoscaler.getMetadata().getNamespace();
            List<Pod> selected = pods.byNamespace(namespace).stream()
                    .filter(pod -> selector.matches(Owners.labels(pod)))
                    .toList();
            List<String> rivals = territory.claim(ObjectKeys.of(autoscaler), selector, selected);
            if (rivals.size() > 1) {
                String why = "pods by selector %s are controlled by multiple HPAs: [%s]"
                        .formatted(scale.selector(), String.join(" ", rivals));
                reporting.recorder().warning(autoscaler, "AmbiguousSelector", why);
                draft.condition(StatusDraft.ACTIVE, false, "AmbiguousSelector", why);
                return Optional.empty();
            }
            return Optional.of(new Target(namespace, scale, selected));
        } catch (SelectorSyntaxException e) {
            String why = "couldn't convert selector into a corresponding internal selector object: " + e.getMessage();
            reporting.recorder().warning(autoscaler, "InvalidSelector", why);
            draft.condition(StatusDraft.ACTIVE, false, "InvalidSelector", why);
            return Optional.empty();
        }
    }

    private void write(HorizontalPodAutoscaler autoscaler, HorizontalPodAutoscalerStatus status) {
        if (StatusDraft.same(autoscaler.getStatus(), status)) {
            return;
        }
        try {
            var written = api.updateStatus(new HorizontalPodAutoscalerBuilder(autoscaler)
                    .withStatus(status)
                    .build());
            reporting.fence().wrote(ObjectKeys.of(autoscaler), autoscalers, written.revision());
        } catch (ApiFailure failure) {
            // the next pass writes over the newer object
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }
}
