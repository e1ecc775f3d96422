package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** What each type adds, against recorded answers: defaults, faults, what may change. Without a network; over HTTPS {@link RecordedAnswersIT} plays it again. */
@Timeout(60)
class RecordedDefaultsTest {

    private static WritesUnderTest writes;

    @BeforeAll
    static void start() {
        writes = new WritesUnderTest();
    }

    @AfterAll
    static void stop() {
        writes.close();
    }

    @TestFactory
    Stream<DynamicTest> answersAsKubernetesDid() {
        return RecordedCase.read("defaults.json").stream()
                .filter(each -> !each.request().path("path").asString().contains("/authorization.k8s.io/"))
                .map(each -> DynamicTest.dynamicTest(
                        each.name(), () -> assertThat(writes.play(each)).isEmpty()));
    }
}
