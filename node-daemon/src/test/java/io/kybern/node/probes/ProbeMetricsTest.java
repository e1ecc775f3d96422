package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProbeMetricsTest {

    private final ProbeMetrics metrics = new ProbeMetrics();

    private static Pod pod(String name, String uid) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private void asked(Pod pod, ProbeOutcome.Result result) {
        metrics.asked(pod, "c", ProbeKind.READINESS, result, Duration.ofMillis(30));
    }

    private static String total(String pod, String uid, String result) {
        return "prober_probe_total{container=\"c\",namespace=\"ns\",pod=\"" + pod + "\",pod_uid=\"" + uid
                + "\",probe_type=\"Readiness\",result=\"" + result + "\"} ";
    }

    private static String duration(String series, String more) {
        return "prober_probe_duration_seconds" + series
                + "{container=\"c\",namespace=\"ns\",pod=\"p\",probe_type=\"Readiness\"" + more + "} ";
    }

    @Test
    void probingsAreCountedByTheirResult() {
        asked(pod("p", "u"), ProbeOutcome.Result.SUCCESS);
        asked(pod("p", "u"), ProbeOutcome.Result.SUCCESS);
        asked(pod("p", "u"), ProbeOutcome.Result.FAILURE);
        asked(pod("p", "u"), ProbeOutcome.Result.UNKNOWN);
        assertThat(metrics.page().lines())
                .contains(
                        "# TYPE prober_probe_total counter",
                        total("p", "u", "successful") + "2.0",
                        total("p", "u", "failed") + "1.0",
                        total("p", "u", "unknown") + "1.0");
    }

    @Test
    void durationsAreThoseOfProbingsThatDidNotFail() {
        asked(pod("p", "u"), ProbeOutcome.Result.SUCCESS);
        asked(pod("p", "u"), ProbeOutcome.Result.FAILURE);
        assertThat(metrics.page().lines())
                .contains(
                        "# TYPE prober_probe_duration_seconds histogram",
                        duration("_bucket", ",le=\"0.025\"") + "0",
                        duration("_bucket", ",le=\"0.05\"") + "1",
                        duration("_bucket", ",le=\"+Inf\"") + "1",
                        duration("_count", "") + "1",
                        duration("_sum", "") + "0.03");
    }

    @Test
    void theSeriesOfAPodGoWithIt() {
        asked(pod("p", "u"), ProbeOutcome.Result.SUCCESS);
        asked(pod("other", "v"), ProbeOutcome.Result.SUCCESS);
        metrics.forget(pod("p", "u"));
        assertThat(metrics.page()).doesNotContain("pod=\"p\"").contains(total("other", "v", "successful") + "1.0");

        asked(pod("p", "w"), ProbeOutcome.Result.SUCCESS);
        metrics.forget(pod("p", "u"));
        assertThat(metrics.page()).contains(total("p", "w", "successful") + "1.0");
    }
}
