package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Every load scenario runs without an error. How fast is for nobody to say on a machine that is busy with tests. */
@Isolated
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadE2E {

    @Test
    void everyLoadScenarioRuns() {
        Path script = Path.of(System.getProperty("basedir", "."), "..", "k8s-bootstrap", "scripts", "bench.sh");
        String output = Kubectl.execute(List.of(script.toString(), "--tiny"), "", Map.of(), Duration.ofSeconds(280))
                .ok();
        assertThat(output).contains("| get: ", "| create: ", "| patch: ", "| list: ", "| watch: ", "| binding: ");
    }
}
