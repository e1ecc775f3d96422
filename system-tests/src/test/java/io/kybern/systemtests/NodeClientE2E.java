package io.kybern.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What programs do that are written with the JavaScript client: the steps are in {@code node-client/flow.mjs}. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeClientE2E extends ClusterTest {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", ".npmrc", "flow.mjs");
    private static final Duration INSTALLATION = Duration.ofSeconds(180);

    /** Each of them has a limit of its own. */
    private static final Duration STEPS = Duration.ofSeconds(280);

    @TempDir
    private Path directory;

    @Test
    void basicFlowsRun() throws IOException {
        for (String file : FILES) {
            try (InputStream content = NodeClientE2E.class.getResourceAsStream("/node-client/" + file)) {
                Files.copy(content, directory.resolve(file));
            }
        }
        Kubectl.execute(
                        List.of("npm", "ci", "--no-progress", "--prefix", directory.toString()),
                        "",
                        Map.of(),
                        INSTALLATION)
                .ok();

        Kubectl.execute(
                        List.of("node", directory.resolve("flow.mjs").toString(), kubectl.namespace(), IMAGE),
                        "",
                        Map.of(),
                        STEPS)
                .ok();
    }
}
