package io.kybern.workload.core.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.events.ObjectChange;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AutoscalerReconcilerTest {

    private final AutoscalerFixture given = new AutoscalerFixture();

    @Test
    void moreThanTheTargetLeadsToMorePods() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(3);
        given.use(90);

        Outcome outcome = given.reconcile();

        assertThat(outcome).isEqualTo(Outcome.again(Duration.ofSeconds(15), "metrics change"));
        assertThat(given.scaled).containsExactly(6);
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Normal SuccessfulRescale New size: 6; reason: cpu resource utilization (percentage of request) above target");
        assertThat(given.condition("AbleToScale"))
                .isEqualTo("True SucceededRescale the HPA controller was able to update the target scale to 6");
        assertThat(given.condition("ScalingActive"))
                .isEqualTo(
                        "True ValidMetricFound the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)");
        assertThat(given.condition("ScalingLimited"))
                .isEqualTo("False DesiredWithinRange the desired count is within the acceptable range");
        assertThat(given.status().getCurrentReplicas()).isEqualTo(3);
        assertThat(given.status().getDesiredReplicas()).isEqualTo(6);
        assertThat(given.status().getLastScaleTime()).isNotNull();
        var current =
                given.status().getCurrentMetrics().getFirst().getResource().getCurrent();
        assertThat(current.getAverageUtilization()).isEqualTo(90);
        assertThat(current.getAverageValue()).hasToString("90m");
    }

    @Test
    void twoForTheSamePodsDoNothingUntilOneIsGone() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.autoscaler("rival", spec -> AutoscalerFixture.cpu(spec, 10));
        given.pods(3);
        given.use(90);
        given.reconcile("rival");
        given.scaled.clear();
        given.cluster.takeEvents();

        given.reconcile();
        assertThat(given.scaled).isEmpty();
        assertThat(given.condition("ScalingActive"))
                .isEqualTo(
                        "False AmbiguousSelector pods by selector app=web are controlled by multiple HPAs: [{rival ns} {web ns}]");
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Warning AmbiguousSelector pods by selector app=web are controlled by multiple HPAs: [{rival ns} {web ns}]");

        given.autoscalers.remove(new ObjectKey("ns", "rival"));
        given.reconcile("rival");
        given.reconcile();
        assertThat(given.condition("ScalingActive")).startsWith("True ValidMetricFound");
    }

    @Test
    void aSmallDifferenceIsTolerated() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(4);
        given.use(55);

        given.reconcile();

        assertThat(given.scaled).isEmpty();
        assertThat(given.condition("AbleToScale"))
                .isEqualTo("True ReadyForNewScale recommended size matches current size");
        given.autoscalers.takeWrites();
        given.reconcile();
        assertThat(given.autoscalers.takeWrites()).isEmpty();
    }

    @Test
    void fewerPodsComeOnlyAfterFiveMinutesOfLittleUse() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(6);
        given.use(10);
        given.reconcile();
        assertThat(given.scaled).isEmpty();
        assertThat(given.condition("AbleToScale"))
                .isEqualTo(
                        "True ScaleDownStabilized recent recommendations were higher than current one, applying the highest recent recommendation");

        given.cluster.clock().advance(Duration.ofSeconds(301));
        given.reconcile();

        assertThat(given.scaled).containsExactly(2);
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal SuccessfulRescale New size: 2; reason: All metrics below target");
        assertThat(given.condition("ScalingLimited"))
                .isEqualTo("False DesiredWithinRange the desired count is within the acceptable range");
    }

    @Test
    void nothingGoesBeyondTheRange() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50).withMaxReplicas(5));
        given.pods(4);
        given.use(100);

        given.reconcile();

        assertThat(given.scaled).containsExactly(5);
        assertThat(given.condition("ScalingLimited"))
                .isEqualTo("True TooManyReplicas the desired replica count is more than the maximum replica count");
    }

    @Test
    void whatIsOutsideTheRangeIsBroughtIntoItWithoutMetrics() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50).withMaxReplicas(3));
        given.pods(5);
        given.noMetrics = "not asked";

        given.reconcile();

        assertThat(given.scaled).containsExactly(3);
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Normal SuccessfulRescale New size: 3; reason: Current number of replicas above Spec.MaxReplicas");
    }

    @Test
    void aTargetThatIsTurnedOffStaysSo() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));

        given.reconcile();

        assertThat(given.scaled).isEmpty();
        assertThat(given.condition("ScalingActive"))
                .isEqualTo("False ScalingDisabled scaling is disabled since the replica count of the target is zero");
    }

    @Test
    void metricsThatAreMissingAreTold() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(2);
        given.noMetrics = "no metrics returned from resource metrics API";

        given.reconcile();

        String why =
                "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Warning FailedGetResourceMetric " + why,
                        "Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
                                + why);
        assertThat(given.condition("ScalingActive"))
                .isEqualTo("False FailedGetResourceMetric the HPA was unable to compute the replica count: " + why);
        assertThat(given.condition("AbleToScale"))
                .isEqualTo("True SucceededGetScale the HPA controller was able to get the target's current scale");
        assertThat(given.status().getCurrentReplicas()).isEqualTo(2);
    }

    @Test
    void aTargetThatIsNotThereIsTold() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.noScale = "deployments.apps \"web\" not found";

        given.reconcile();

        assertThat(given.cluster.takeEvents())
                .containsExactly("Warning FailedGetScale deployments.apps \"web\" not found");
        assertThat(given.condition("AbleToScale"))
                .isEqualTo(
                        "False FailedGetScale the HPA controller was unable to get the target's current scale: deployments.apps \"web\" not found");
    }

    @Test
    void aRefusedChangeIsTold() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(2);
        given.use(100);
        given.noUpdate = "quota";

        given.reconcile();

        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Warning FailedRescale New size: 4; reason: cpu resource utilization (percentage of request) above target; error: quota");
        assertThat(given.condition("AbleToScale"))
                .isEqualTo("False FailedUpdateScale the HPA controller was unable to update the target scale: quota");
    }

    @Test
    void theMetricThatAsksForMostWins() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 90)
                .addNewMetric()
                .withType("External")
                .withNewExternal()
                .withNewMetric()
                .withName("waiting")
                .endMetric()
                .withNewTarget()
                .withType("AverageValue")
                .withAverageValue(new Quantity("10"))
                .endTarget()
                .endExternal()
                .endMetric());
        given.pods(2);
        given.use(90);
        given.elsewhere = 35_000;

        given.reconcile();

        assertThat(given.scaled).containsExactly(4);
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Normal SuccessfulRescale New size: 4; reason: external metric waiting(nil) above target");
        assertThat(given.status()
                        .getCurrentMetrics()
                        .get(1)
                        .getExternal()
                        .getCurrent()
                        .getAverageValue())
                .hasToString("17500m");
    }

    @Test
    void oneMetricThatFailsKeepsTheNumberFromFalling() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50)
                .addNewMetric()
                .withType("Resource")
                .withNewResource()
                .withName("memory")
                .withNewTarget()
                .withType("Utilization")
                .withAverageUtilization(50)
                .endTarget()
                .endResource()
                .endMetric());
        given.pods(6);
        given.use(10);
        given.reconcile();
        given.cluster.clock().advance(Duration.ofMinutes(10));
        given.reconcile();

        assertThat(given.scaled).isEmpty();
        assertThat(given.condition("ScalingActive"))
                .isEqualTo(
                        "False FailedGetResourceMetric the HPA was unable to compute the replica count: failed to get memory utilization: missing request for memory in container app of Pod p0");
    }

    @Test
    void anObjectsValueIsComparedAsAWhole() {
        given.autoscaler(spec -> spec.withMinReplicas(0)
                .addNewMetric()
                .withType("Object")
                .withNewObject()
                .withNewDescribedObject("v1", "Service", "front")
                .withNewMetric()
                .withName("hits")
                .endMetric()
                .withNewTarget()
                .withType("Value")
                .withValue(new Quantity("100"))
                .endTarget()
                .endObject()
                .endMetric());
        given.pods(0);
        given.elsewhere = 250_000;

        given.reconcile();

        assertThat(given.scaled).containsExactly(3);
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal SuccessfulRescale New size: 3; reason: Service metric hits above target");
    }

    @Test
    void anObjectsValueMayBeSharedByThePods() {
        given.autoscaler(spec -> spec.addNewMetric()
                .withType("Object")
                .withNewObject()
                .withNewDescribedObject("v1", "Service", "front")
                .withNewMetric()
                .withName("hits")
                .endMetric()
                .withNewTarget()
                .withType("AverageValue")
                .withAverageValue(new Quantity("50"))
                .endTarget()
                .endObject()
                .endMetric());
        given.pods(2);
        given.elsewhere = 250_000;

        given.reconcile();

        assertThat(given.scaled).containsExactly(4);
        assertThat(given.status()
                        .getCurrentMetrics()
                        .getFirst()
                        .getObject()
                        .getCurrent()
                        .getAverageValue())
                .hasToString("125");
    }

    @Test
    void aMetricOfThePodsIsAveraged() {
        given.autoscaler(spec -> spec.addNewMetric()
                .withType("Pods")
                .withNewPods()
                .withNewMetric()
                .withName("queue")
                .endMetric()
                .withNewTarget()
                .withType("AverageValue")
                .withAverageValue(new Quantity("10"))
                .endTarget()
                .endPods()
                .endMetric());
        given.pods(2);
        given.use(15_000);

        given.reconcile();

        assertThat(given.scaled).containsExactly(3);
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal SuccessfulRescale New size: 3; reason: pods metric queue above target");
        var shown = given.status().getCurrentMetrics().getFirst();
        assertThat(shown.getPods().getMetric().getName()).isEqualTo("queue");
        assertThat(shown.getPods().getCurrent().getAverageValue()).hasToString("15");

        given.noMetrics = "no metrics returned from custom metrics API";
        given.reconcile();
        assertThat(given.condition("ScalingActive"))
                .isEqualTo(
                        "False FailedGetPodsMetric the HPA was unable to compute the replica count: unable to get metric queue: no metrics returned from custom metrics API");
    }

    @Test
    void oneContainerOfThePodsMayCount() {
        given.autoscaler(spec -> spec.addNewMetric()
                .withType("ContainerResource")
                .withNewContainerResource()
                .withName("cpu")
                .withContainer("app")
                .withNewTarget()
                .withType("Utilization")
                .withAverageUtilization(50)
                .endTarget()
                .endContainerResource()
                .endMetric());
        given.pods(2);
        given.use(100);

        given.reconcile();

        assertThat(given.scaled).containsExactly(4);
        assertThat(given.cluster.takeEvents())
                .containsExactly(
                        "Normal SuccessfulRescale New size: 4; reason: cpu container resource utilization (percentage of request) above target");
        var shown = given.status().getCurrentMetrics().getFirst().getContainerResource();
        assertThat(shown.getContainer()).isEqualTo("app");
        assertThat(shown.getCurrent().getAverageUtilization()).isEqualTo(100);
    }

    @Test
    void aScaleWithoutASelectorIsTold() {
        given.autoscaler(spec -> AutoscalerFixture.cpu(spec, 50));
        given.pods(2);
        given.selector = "";

        given.reconcile();

        assertThat(given.cluster.takeEvents()).containsExactly("Warning SelectorRequired selector is required");
        assertThat(given.condition("ScalingActive"))
                .isEqualTo("False InvalidSelector the HPA target's scale is missing a selector");
    }

    @Test
    void ownWritesOfTheStatusAskForNoPass() {
        HorizontalPodAutoscaler autoscaler = new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withMaxReplicas(3)
                .endSpec()
                .build();
        HorizontalPodAutoscaler counted = new HorizontalPodAutoscalerBuilder(autoscaler)
                .withNewStatus()
                .withCurrentReplicas(2)
                .endStatus()
                .build();
        HorizontalPodAutoscaler changed = new HorizontalPodAutoscalerBuilder(autoscaler)
                .editSpec()
                .withMaxReplicas(4)
                .endSpec()
                .build();

        assertThat(asksForPass(autoscaler, counted)).isFalse();
        assertThat(asksForPass(autoscaler, changed)).isTrue();
        assertThat(asksForPass(null, autoscaler)).isTrue();
        assertThat(asksForPass(autoscaler, null)).isTrue();
    }

    private static boolean asksForPass(
            @Nullable HorizontalPodAutoscaler before, @Nullable HorizontalPodAutoscaler after) {
        return AutoscalerReconciler.asksForPass(new ObjectChange<>(new ObjectKey("ns", "web"), before, after));
    }
}
