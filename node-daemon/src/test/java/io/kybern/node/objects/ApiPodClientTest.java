package io.kybern.node.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ApiPodClientTest {

    private static PodStatus status(String phase, String reason) {
        return new PodStatusBuilder().withPhase(phase).withReason(reason).build();
    }

    @Test
    void anEndThatSomebodyToldIsNotTakenBack() {
        PodStatus merged = ApiPodClient.merged(status("Failed", "Told"), status("Running", null));
        assertThat(merged.getPhase()).isEqualTo("Failed");
        assertThat(merged.getReason()).isEqualTo("Told");
    }

    @ParameterizedTest
    @CsvSource({"Failed, Succeeded", "Succeeded, Failed"})
    void anEndThatSomebodyToldDoesNotBecomeTheOtherEnd(String told, String seen) {
        PodStatus merged = ApiPodClient.merged(status(told, "Told"), status(seen, null));
        assertThat(merged).isEqualTo(status(told, "Told"));
    }

    @Test
    void theNodeTellsItselfWhyAPodEnded() {
        assertThat(ApiPodClient.merged(status("Failed", "Told"), status("Failed", "Evicted")))
                .isEqualTo(status("Failed", "Evicted"));
        assertThat(ApiPodClient.merged(status("Running", null), status("Failed", "Evicted")))
                .isEqualTo(status("Failed", "Evicted"));
    }

    @Test
    void whatOthersSayOfAPodStays() {
        PodStatus gated = new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType("example.com/gate")
                .withStatus("True")
                .endCondition()
                .build();
        assertThat(ApiPodClient.merged(gated, status("Running", null)).getConditions())
                .isEqualTo(gated.getConditions());
    }
}
