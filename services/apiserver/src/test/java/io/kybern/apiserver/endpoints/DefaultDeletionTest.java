package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What becomes of dependents when a deletion says nothing of them. */
@Timeout(60)
class DefaultDeletionTest {

    private static final String JOBS = "/apis/batch/v1/namespaces/default/jobs";
    private static final String CONTROLLERS = "/api/v1/namespaces/default/replicationcontrollers";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        assertThat(writes.create("/api/v1/namespaces", "{\"metadata\": {\"name\": \"default\"}}")
                        .code())
                .isIn(201, 409);
        writes.settle();
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private void create(String collection, String restartPolicy) {
        WritesUnderTest.Reply made = writes.create(collection, """
                {"metadata": {"name": "a"}, "spec": {"template": {"metadata": {"labels": {"x": "y"}},
                 "spec": {"restartPolicy": "%s", "containers": [{"name": "c", "image": "i"}]}}}}""".formatted(restartPolicy));
        assertThat(made.code()).as(made.text()).isEqualTo(201);
    }

    private static List<String> finalizers(WritesUnderTest.Reply reply) {
        JsonNode list = reply.body().path("metadata").path("finalizers");
        List<String> names = new ArrayList<>();
        list.forEach(each -> names.add(each.asString()));
        return names;
    }

    @Test
    void leavesPodsOfJobsBehindAndSaysSo() {
        create(JOBS, "Never");

        WritesUnderTest.Reply deleted = writes.delete(JOBS + "/a");

        assertThat(finalizers(deleted)).containsExactly("orphan");
        assertThat(deleted.warnings())
                .containsExactly(
                        "child pods are preserved by default when jobs are deleted; set"
                                + " propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning");
    }

    @Test
    void doesWhatADeletionOfAJobAsksFor() {
        create(JOBS, "Never");

        WritesUnderTest.Reply deleted = writes.delete(JOBS + "/a?propagationPolicy=Background");

        assertThat(deleted.body().path("status").asString("")).isEqualTo("Success");
        assertThat(deleted.warnings()).isEmpty();
    }

    @Test
    void leavesPodsOfReplicationControllersBehindWithoutAWord() {
        create(CONTROLLERS, "Always");

        WritesUnderTest.Reply deleted = writes.delete(CONTROLLERS + "/a");

        assertThat(finalizers(deleted)).containsExactly("orphan");
        assertThat(deleted.warnings()).isEmpty();
    }
}
