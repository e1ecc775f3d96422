package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plays recorded requests to a whole API server and compares what it answers. */
@Timeout(120)
class RecordedAnswersIT {

    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> answersAsKubernetesDid() {
        return played("recorded.json");
    }

    @TestFactory
    Stream<DynamicTest> setsDefaultsAndRefusesWhatIsInvalid() {
        return played("defaults.json");
    }

    @TestFactory
    Stream<DynamicTest> refusesMalformedRequestsInKubernetesWords() {
        return played("malformed.json");
    }

    private static Stream<DynamicTest> played(String file) {
        return RecordedCase.read(file).stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.name(), () -> assertThat(each.play(server)).isEmpty()));
    }
}
