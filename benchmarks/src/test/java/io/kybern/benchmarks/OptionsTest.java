package io.kybern.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OptionsTest {

    @TempDir
    Path directory;

    private String kubeconfig = "";

    @BeforeEach
    void writeKubeconfig() throws Exception {
        kubeconfig = Files.writeString(directory.resolve("admin.conf"), "{}").toString();
    }

    @Test
    void runsEverythingAsDocumentedWithoutFurtherArguments() {
        Options options = Options.parse("--kubeconfig", kubeconfig);
        assertThat(options.scenarios()).containsExactly("get", "create", "patch", "list", "watch", "binding");
        assertThat(options.runs()).isEqualTo(5);
        assertThat(options.sizes().connections()).isEqualTo(32);
    }

    @Test
    void takesChosenScenariosInTheirOrder() {
        Options options = Options.parse("--kubeconfig", kubeconfig, "--scenario", "list,get", "--http2");
        assertThat(options.scenarios()).containsExactly("list", "get");
        assertThat(options.http2()).isTrue();
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> Options.parse("--kubeconfig", kubeconfig, "--scenario", "fly"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no scenario \"fly\"");
        assertThatThrownBy(() -> Options.parse("--speed", "9")).hasMessageContaining("unknown argument: --speed");
        assertThatThrownBy(() -> Options.parse("--kubeconfig", kubeconfig, "--runs"))
                .hasMessageContaining("--runs needs a value");
        assertThatThrownBy(() -> Options.parse()).hasMessageContaining("--kubeconfig must name a file");
    }

    @Test
    void boundsEveryFigure() {
        for (String wrong : new String[] {"0", "-1", "100001", "many"}) {
            assertThatThrownBy(() -> Options.parse("--kubeconfig", kubeconfig, "--pods", wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("--pods must be");
        }
    }
}
