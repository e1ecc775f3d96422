package io.kybern.workload.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.kybern.workload.core.autoscaling.MetricsSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RestMetricsTest {

    @Test
    void amountsAreReadAsThousandths() {
        assertThat(RestMetrics.milli("custom", JsonNodeFactory.instance.textNode("1500m")))
                .isEqualTo(1500);
        assertThat(RestMetrics.milli("custom", MissingNode.getInstance())).isZero();
    }

    @Test
    void anAmountThatNobodyCanReadFailsItsMetricOnly() {
        assertThatThrownBy(() -> RestMetrics.milli("custom", JsonNodeFactory.instance.textNode("much")))
                .isInstanceOf(MetricsSource.Unavailable.class)
                .hasMessageStartingWith(
                        "unable to fetch metrics from custom metrics API: quantities must match the regular expression");
    }
}
