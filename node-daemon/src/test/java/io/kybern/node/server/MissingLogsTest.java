package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MissingLogsTest {

    private static Pod waiting(String reason) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .endMetadata()
                .withNewStatus()
                .addNewContainerStatus()
                .withName("c")
                .withNewState()
                .withNewWaiting()
                .withReason(reason)
                .endWaiting()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    @Test
    void aContainerThatHasNotStartedSaysWhatItWaitsFor() {
        assertThat(MissingLogs.words(waiting("PodInitializing"), "c", false))
                .isEqualTo("container \"c\" in pod \"p\" is waiting to start: PodInitializing");
        assertThat(MissingLogs.words(waiting("ImagePullBackOff"), "c", false))
                .isEqualTo("container \"c\" in pod \"p\" is waiting to start: trying and failing to pull image");
        Pod fresh =
                new PodBuilder().withNewMetadata().withName("p").endMetadata().build();
        assertThat(MissingLogs.words(fresh, "c", false))
                .isEqualTo("container \"c\" in pod \"p\" is waiting to start: ContainerCreating");
    }

    @Test
    void aContainerThatHasEndedAndIsGoneIsNotWaiting() {
        Pod ended = new PodBuilder(waiting(""))
                .editStatus()
                .editFirstContainerStatus()
                .withContainerID("docker://1")
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
        assertThat(MissingLogs.words(ended, "c", false)).isEqualTo("unable to retrieve container logs for docker://1");
        assertThat(MissingLogs.words(ended, "c", true))
                .isEqualTo("previous terminated container \"c\" in pod \"p\" not found");
    }
}
