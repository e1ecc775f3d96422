package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** What each type adds, against recorded answers: defaults, faults, what may change. Without a network; over HTTPS it is played again. */
@Timeout(60)
class RecordedDefaultsTest {

    private static WritesUnderTest writes;

    @BeforeAll
    static void start() {
        writes = new WritesUnderTest();
        writes.create(
                "/api/v1/namespaces", """
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}""");
        writes.create(
                "/api/v1/namespaces/default/services", """
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kubernetes"},
                 "spec": {"clusterIP": "10.96.0.1", "ports": [{"port": 443}]}}""");
    }

    @AfterAll
    static void stop() {
        writes.close();
    }

    @TestFactory
    Stream<DynamicTest> answersAsKubernetesDid() {
        return RecordedCase.read("defaults.json").stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.name(), () -> assertThat(writes.play(each)).isEmpty()));
    }
}
