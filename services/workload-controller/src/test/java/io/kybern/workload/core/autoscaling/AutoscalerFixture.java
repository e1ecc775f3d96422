package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpecBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An autoscaler, its target and the target's pods in a cluster in memory, with metrics as the test says. */
final class AutoscalerFixture implements MetricsSource, ScaleTargets {

    static final ObjectKey KEY = new ObjectKey("ns", "web");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<HorizontalPodAutoscaler> autoscalers =
            cluster.objects("autoscaling", "v2", "horizontalpodautoscalers", HorizontalPodAutoscaler.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final Map<String, Long> usage = new HashMap<>();
    final List<Integer> scaled = new ArrayList<>();
    int replicas;
    String selector = "app=web";

    @Nullable
    String noMetrics;

    @Nullable
    String noScale;

    @Nullable
    String noUpdate;

    long elsewhere;

    private final AutoscalerReconciler reconciler = new AutoscalerReconciler(
            autoscalers.informer(),
            pods.informer(),
            this,
            this,
            autoscalers,
            new AutoscalerReconciler.Reporting(new WriteFence(cluster.clock()), cluster.recorder(), cluster.clock()));

    /** Half of the processor time that is requested, between 2 and 10 pods, unless the test says otherwise. */
    void autoscaler(UnaryOperator<HorizontalPodAutoscalerSpecBuilder> with) {
        autoscaler("web", with);
    }

    void autoscaler(String name, UnaryOperator<HorizontalPodAutoscalerSpecBuilder> with) {
        HorizontalPodAutoscalerSpecBuilder spec = new HorizontalPodAutoscalerSpecBuilder()
                .withMinReplicas(2)
                .withMaxReplicas(10)
                .withNewScaleTargetRef("apps/v1", "Deployment", "web");
        autoscalers.put(new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .withSpec(with.apply(spec).build())
                .build());
    }

    static HorizontalPodAutoscalerSpecBuilder cpu(HorizontalPodAutoscalerSpecBuilder spec, int percent) {
        return spec.addNewMetric()
                .withType("Resource")
                .withNewResource()
                .withName("cpu")
                .withNewTarget()
                .withType("Utilization")
                .withAverageUtilization(percent)
                .endTarget()
                .endResource()
                .endMetric();
    }

    /** Pods that have been ready for an hour, each requesting 100m. */
    void pods(int count) {
        for (int i = 0; i < count; i++) {
            pod("p" + i, "Running", true, Duration.ofHours(1));
        }
        replicas = count;
    }

    void pod(String name, String phase, boolean ready, Duration age) {
        String since = cluster.clock().instant().minus(age).toString();
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("app")
                .withNewResources()
                .addToRequests("cpu", new Quantity("100m"))
                .endResources()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .withStartTime(since)
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .withLastTransitionTime(since)
                .endCondition()
                .endStatus()
                .build());
    }

    /** Each of the pods that there are uses so much. */
    void use(long milli) {
        usage.clear();
        pods.all().forEach(pod -> usage.put(pod.getMetadata().getName(), milli));
    }

    Outcome reconcile() {
        return reconciler.reconcile(KEY);
    }

    Outcome reconcile(String name) {
        return reconciler.reconcile(new ObjectKey("ns", name));
    }

    HorizontalPodAutoscalerStatus status() {
        return autoscalers.require("ns", "web").getStatus();
    }

    String condition(String type) {
        for (HorizontalPodAutoscalerCondition each : status().getConditions()) {
            if (each.getType().equals(type)) {
                return each.getStatus() + " " + each.getReason() + " " + each.getMessage();
            }
        }
        return "";
    }

    @Override
    public Map<String, Sample> resource(String namespace, String by, String resource, String container) {
        return samples();
    }

    @Override
    public Map<String, Sample> pods(String namespace, String by, String metric, String labels) {
        return samples();
    }

    private Map<String, Sample> samples() {
        fail(noMetrics);
        Map<String, Sample> samples = new HashMap<>();
        usage.forEach((pod, milli) ->
                samples.put(pod, new Sample(milli, cluster.clock().instant(), Duration.ofSeconds(10))));
        return samples;
    }

    @Override
    public long object(String namespace, Described object, String metric, String labels) {
        fail(noMetrics);
        return elsewhere;
    }

    @Override
    public List<Long> external(String namespace, String metric, String labels) {
        fail(noMetrics);
        return List.of(elsewhere);
    }

    @Override
    public Scale find(String namespace, CrossVersionObjectReference target) {
        fail(noScale);
        return new Scale(replicas, pods.all().size(), selector, "path", "{}");
    }

    @Override
    public void update(Scale scale, int wanted) {
        fail(noUpdate);
        replicas = wanted;
        scaled.add(wanted);
    }

    private static void fail(@Nullable String why) {
        if (why != null) {
            throw Unavailable.because(why);
        }
    }
}
