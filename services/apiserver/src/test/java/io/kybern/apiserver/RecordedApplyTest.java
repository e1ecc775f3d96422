package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Plays what was recorded of server-side apply to everything between HTTP and the store. */
@Timeout(60)
class RecordedApplyTest {

    private static WritesUnderTest server;

    @BeforeAll
    static void start() {
        server = new WritesUnderTest();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> appliesAsKubernetesDid() {
        return RecordedCase.read("apply.json").stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.name(), () -> assertThat(server.play(each)).isEmpty()));
    }
}
