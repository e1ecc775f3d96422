package io.kybern.workload.core.autoscaling;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ExternalMetricSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricTarget;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ObjectMetricSource;
import io.kybern.controller.model.Selectors;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks for one metric of an autoscaler and says how many pods follow from it. The messages are Kubernetes' own. */
final class MetricEvaluator {

    private static final String CPU = "cpu";

    private final MetricsSource metrics;

    MetricEvaluator(MetricsSource metrics) {
        this.metrics = metrics;
    }

    /**
     * Looks at one metric.
     *
     * @throws Finding.Failed if it tells nothing
     */
    Finding evaluate(MetricSpec spec, Target target, ReplicaCalculator calculator) {
        return switch (String.valueOf(spec.getType())) {
            case "Resource" -> {
                String name = spec.getResource().getName();
                yield resource(
                        new ResourceSource(name, "", spec.getResource().getTarget()),
                        new Words("FailedGetResourceMetric", "failed to get %s resource metric value".formatted(name)),
                        target,
                        calculator);
            }
            case "ContainerResource" -> {
                String container = spec.getContainerResource().getContainer();
                yield resource(
                        new ResourceSource(
                                spec.getContainerResource().getName(),
                                container,
                                spec.getContainerResource().getTarget()),
                        new Words(
                                "FailedGetContainerResourceMetric",
                                "failed to get %s container metric value".formatted(container)),
                        target,
                        calculator);
            }
            case "Pods" -> pods(spec, target, calculator);
            case "Object" -> object(spec.getObject(), target, calculator);
            case "External" -> external(spec.getExternal(), target, calculator);
            default ->
                throw Finding.Failed.because(
                        "InvalidMetricSourceType", "unknown metric source type \"%s\"".formatted(spec.getType()), "");
        };
    }

    private record ResourceSource(String name, String container, MetricTarget target) {}

    /** How a failure is told: the reason, and what sums it up. */
    private record Words(String reason, String prefix) {}

    private Finding resource(ResourceSource source, Words words, Target target, ReplicaCalculator calculator) {
        String kind = source.container().isEmpty() ? "resource" : "container resource";
        boolean cpu = source.name().equals(CPU);
        Quantity average = source.target().getAverageValue();
        Integer percent = source.target().getAverageUtilization();
        if (average == null && percent == null) {
            throw Finding.Failed.because(
                    words.reason(),
                    "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
                    words.prefix());
        }
        int current = target.scale().wanted();
        try {
            Map<String, Sample> samples = samples(source, target);
            if (average != null) {
                Proposal proposal = calculator.average(
                        current, target.pods(), samples, new ReplicaCalculator.Wanted(Finding.milli(average), cpu));
                return new Finding(
                        proposal,
                        "%s %s".formatted(source.name(), kind),
                        status(source, value(null, Finding.milli(proposal.milliValue()), null)));
            }
            Map<String, Long> requests = PodRequests.of(target.pods(), source.name(), source.container());
            Proposal proposal = calculator.utilization(
                    current, target.pods(), samples, requests, new ReplicaCalculator.Wanted(percent, cpu));
            return new Finding(
                    proposal,
                    "%s %s utilization (percentage of request)".formatted(source.name(), kind),
                    status(source, value(null, Finding.milli(proposal.milliValue()), proposal.percent())));
        } catch (MetricsSource.Unavailable e) {
            throw Finding.Failed.because(
                    words.reason(),
                    "failed to get %s %s: %s"
                            .formatted(source.name(), average == null ? "utilization" : "usage", e.getMessage()),
                    words.prefix());
        }
    }

    private Map<String, Sample> samples(ResourceSource source, Target target) {
        try {
            return metrics.resource(target.namespace(), target.scale().selector(), source.name(), source.container());
        } catch (MetricsSource.Unavailable e) {
            throw MetricsSource.Unavailable.because(
                    "unable to get metrics for resource %s: %s".formatted(source.name(), e.getMessage()));
        }
    }

    private static MetricStatus status(ResourceSource source, MetricValueStatus current) {
        return source.container().isEmpty()
                ? new MetricStatusBuilder()
                        .withType("Resource")
                        .withNewResource()
                        .withName(source.name())
                        .withCurrent(current)
                        .endResource()
                        .build()
                : new MetricStatusBuilder()
                        .withType("ContainerResource")
                        .withNewContainerResource()
                        .withName(source.name())
                        .withContainer(source.container())
                        .withCurrent(current)
                        .endContainerResource()
                        .build();
    }

    private static MetricValueStatus value(
            @Nullable Quantity whole, @Nullable Quantity average, @Nullable Integer percent) {
        return new MetricValueStatusBuilder()
                .withValue(whole)
                .withAverageValue(average)
                .withAverageUtilization(percent)
                .build();
    }

    private Finding pods(MetricSpec spec, Target target, ReplicaCalculator calculator) {
        MetricIdentifier metric = spec.getPods().getMetric();
        try {
            Map<String, Sample> samples;
            try {
                samples = metrics.pods(
                        target.namespace(), target.scale().selector(), metric.getName(), query(metric.getSelector()));
            } catch (MetricsSource.Unavailable e) {
                throw MetricsSource.Unavailable.because(
                        "unable to get metric %s: %s".formatted(metric.getName(), e.getMessage()));
            }
            long wanted = Finding.milli(spec.getPods().getTarget().getAverageValue());
            Proposal proposal = calculator.average(
                    target.scale().wanted(), target.pods(), samples, new ReplicaCalculator.Wanted(wanted, false));
            MetricStatus status = new MetricStatusBuilder()
                    .withType("Pods")
                    .withNewPods()
                    .withMetric(metric)
                    .withCurrent(value(null, Finding.milli(proposal.milliValue()), null))
                    .endPods()
                    .build();
            return new Finding(proposal, "pods metric " + metric.getName(), status);
        } catch (MetricsSource.Unavailable e) {
            throw Finding.Failed.because(
                    "FailedGetPodsMetric", String.valueOf(e.getMessage()), "failed to get pods metric value");
        }
    }

    private Finding object(ObjectMetricSource source, Target target, ReplicaCalculator calculator) {
        CrossVersionObjectReference object = source.getDescribedObject();
        MetricIdentifier metric = source.getMetric();
        Quantity whole = source.getTarget().getValue();
        boolean shared = "AverageValue".equals(source.getTarget().getType());
        try {
            long value = metrics.object(
                    target.namespace(),
                    new MetricsSource.Described(
                            requireNonNullElse(object.getApiVersion(), ""), object.getKind(), object.getName()),
                    metric.getName(),
                    query(metric.getSelector()));
            Proposal proposal = shared
                    ? calculator.share(
                            target.scale().present(),
                            value,
                            Finding.milli(source.getTarget().getAverageValue()))
                    : calculator.value(target.scale().wanted(), target.pods(), value, Finding.milli(whole));
            Quantity shown = Finding.milli(proposal.milliValue());
            MetricStatus status = new MetricStatusBuilder()
                    .withType("Object")
                    .withNewObject()
                    .withDescribedObject(object)
                    .withMetric(metric)
                    .withCurrent(shared ? value(null, shown, null) : value(shown, null, null))
                    .endObject()
                    .build();
            String name = shared
                    ? "external metric %s(%s)".formatted(metric.getName(), text(metric.getSelector()))
                    : "%s metric %s".formatted(object.getKind(), metric.getName());
            return new Finding(proposal, name, status);
        } catch (MetricsSource.Unavailable e) {
            // the order of the words is that of the message that people search for
            throw Finding.Failed.because(
                    "FailedGetObjectMetric",
                    "unable to get metric %s: %s on %s %s/%s"
                            .formatted(
                                    metric.getName(),
                                    object.getKind(),
                                    target.namespace(),
                                    object.getName(),
                                    e.getMessage()),
                    "failed to get object metric value");
        }
    }

    private Finding external(ExternalMetricSource source, Target target, ReplicaCalculator calculator) {
        MetricIdentifier metric = source.getMetric();
        Quantity average = source.getTarget().getAverageValue();
        try {
            List<Long> values = metrics.external(target.namespace(), metric.getName(), query(metric.getSelector()));
            long sum = values.stream().mapToLong(each -> each).sum();
            Proposal proposal = average != null
                    ? calculator.share(target.scale().present(), sum, Finding.milli(average))
                    : calculator.value(
                            target.scale().wanted(),
                            target.pods(),
                            sum,
                            Finding.milli(source.getTarget().getValue()));
            Quantity shown = Finding.milli(proposal.milliValue());
            MetricStatus status = new MetricStatusBuilder()
                    .withType("External")
                    .withNewExternal()
                    .withMetric(metric)
                    .withCurrent(average != null ? value(null, shown, null) : value(shown, null, null))
                    .endExternal()
                    .build();
            return new Finding(
                    proposal, "external metric %s(%s)".formatted(metric.getName(), text(metric.getSelector())), status);
        } catch (MetricsSource.Unavailable e) {
            throw Finding.Failed.because(
                    "FailedGetExternalMetric",
                    "unable to get external metric %s/%s/%s: %s"
                            .formatted(
                                    target.namespace(), metric.getName(), text(metric.getSelector()), e.getMessage()),
                    "failed to get %s external metric value".formatted(metric.getName()));
        }
    }

    private static String query(@Nullable LabelSelector selector) {
        return selector == null ? "" : Selectors.of(selector).toString();
    }

    /** A selector as Kubernetes' messages print it. */
    private static String text(@Nullable LabelSelector selector) {
        if (selector == null) {
            return "nil";
        }
        String labels = requireNonNullElse(selector.getMatchLabels(), Map.<String, String>of()).entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(each -> each.getKey() + ": " + each.getValue() + ",")
                .collect(Collectors.joining());
        return "&LabelSelector{MatchLabels:map[string]string{" + labels
                + "},MatchExpressions:[]LabelSelectorRequirement{},}";
    }
}
