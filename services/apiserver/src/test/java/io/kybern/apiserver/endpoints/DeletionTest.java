package io.kybern.apiserver.endpoints;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class DeletionTest {

    private static final String MAPS = "/api/v1/namespaces/a/configmaps";
    private static final String PODS = "/api/v1/namespaces/a/pods";

    private final WritesUnderTest writes = new WritesUnderTest();

    @BeforeEach
    void namespace() {
        writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}");
        writes.create("/api/v1/namespaces/a/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}");
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private Reply delete(String path, String options) {
        return writes.send("DELETE", path, "application/json", options);
    }

    private JsonNode metadata(String path) {
        return made(writes.get(path)).body().path("metadata");
    }

    private boolean isGone(String path) {
        return writes.get(path).code() == 404;
    }

    private JsonNode map(String finalizers) {
        return made(writes.create(MAPS, "{\"metadata\":{\"name\":\"m\",\"finalizers\":[" + finalizers + "]}}"))
                .body()
                .path("metadata");
    }

    private void pod(String spec) {
        made(writes.create(
                PODS,
                "{\"metadata\":{\"name\":\"p\"},\"spec\":{" + spec
                        + "\"terminationGracePeriodSeconds\":30,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"));
    }

    private static List<String> finalizers(JsonNode metadata) {
        return StreamSupport.stream(metadata.path("finalizers").spliterator(), false)
                .map(JsonNode::asString)
                .toList();
    }

    @Test
    void anObjectThatNothingHoldsIsGoneAtOnce() {
        map("");

        JsonNode status = made(writes.delete(MAPS + "/m")).body();

        assertThat(status.path("kind").asString()).isEqualTo("Status");
        assertThat(status.path("status").asString()).isEqualTo("Success");
        assertThat(status.path("details").path("name").asString()).isEqualTo("m");
        assertThat(isGone(MAPS + "/m")).isTrue();
    }

    @Test
    void whatIsNotThereCannotBeDeleted() {
        Reply reply = writes.delete(MAPS + "/m");

        assertThat(reply.code()).isEqualTo(404);
        assertThat(reply.message()).isEqualTo("configmaps \"m\" not found");
    }

    @Test
    void aFinalizerHoldsAMarkedObjectUntilItIsTakenOff() {
        map("\"example.com/hold\"");

        JsonNode marked = made(writes.delete(MAPS + "/m")).body().path("metadata");

        assertThat(marked.path("deletionTimestamp").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(marked.path("deletionGracePeriodSeconds").asLong(-1)).isZero();
        assertThat(finalizers(metadata(MAPS + "/m"))).containsExactly("example.com/hold");
        made(writes.merge(MAPS + "/m", "{\"metadata\":{\"finalizers\":null}}"));
        assertThat(isGone(MAPS + "/m")).isTrue();
    }

    @Test
    void aSecondDeleteOfAHeldObjectChangesNothing() {
        map("\"example.com/hold\"");
        String first = made(writes.delete(MAPS + "/m"))
                .body()
                .path("metadata")
                .path("resourceVersion")
                .asString();

        String second = made(writes.delete(MAPS + "/m"))
                .body()
                .path("metadata")
                .path("resourceVersion")
                .asString();

        assertThat(second).isEqualTo(first);
    }

    @Test
    void dependentsThatMustGoFirstHoldTheirOwner() {
        map("");

        delete(MAPS + "/m", "{\"propagationPolicy\":\"Foreground\"}");

        assertThat(finalizers(metadata(MAPS + "/m"))).containsExactly("foregroundDeletion");
    }

    @Test
    void dependentsThatAreToStayHoldTheirOwner() {
        map("");

        delete(MAPS + "/m", "{\"propagationPolicy\":\"Orphan\"}");

        assertThat(finalizers(metadata(MAPS + "/m"))).containsExactly("orphan");
    }

    @Test
    void theLastWordOnDependentsCounts() {
        map("");
        delete(MAPS + "/m", "{\"propagationPolicy\":\"Orphan\"}");

        delete(MAPS + "/m", "{\"propagationPolicy\":\"Background\"}");

        assertThat(isGone(MAPS + "/m")).isTrue();
    }

    @Test
    void onlyTheObjectThatWasMeantIsDeleted() {
        String uid = map("").path("uid").asString();

        Reply other = delete(MAPS + "/m", "{\"preconditions\":{\"uid\":\"another\"}}");
        assertThat(other.code()).isEqualTo(409);
        assertThat(other.message())
                .contains("the UID in the precondition (another) does not match the UID in record (" + uid + ")");
        assertThat(delete(MAPS + "/m", "{\"preconditions\":{\"resourceVersion\":\"1\"}}")
                        .code())
                .isEqualTo(409);
        made(delete(MAPS + "/m", "{\"preconditions\":{\"uid\":\"" + uid + "\"}}"));
        assertThat(isGone(MAPS + "/m")).isTrue();
    }

    @Test
    void aDryRunDeletesNothing() {
        map("");

        made(delete(MAPS + "/m", "{\"dryRun\":[\"All\"]}"));

        assertThat(isGone(MAPS + "/m")).isFalse();
    }

    @Test
    void aPodOnANodeRunsOnForItsGracePeriod() {
        pod("\"nodeName\":\"n\",");

        made(writes.delete(PODS + "/p"));

        JsonNode metadata = metadata(PODS + "/p");
        assertThat(metadata.path("deletionTimestamp").asString()).isEqualTo("2026-01-01T00:00:30Z");
        assertThat(metadata.path("deletionGracePeriodSeconds").asLong()).isEqualTo(30);
    }

    @Test
    void aGracePeriodIsShortenedAndNeverProlonged() {
        pod("\"nodeName\":\"n\",");
        writes.delete(PODS + "/p");

        delete(PODS + "/p", "{\"gracePeriodSeconds\":60}");
        assertThat(metadata(PODS + "/p").path("deletionGracePeriodSeconds").asLong())
                .isEqualTo(30);
        delete(PODS + "/p", "{\"gracePeriodSeconds\":5}");
        assertThat(metadata(PODS + "/p").path("deletionGracePeriodSeconds").asLong())
                .isEqualTo(5);
        assertThat(metadata(PODS + "/p").path("deletionTimestamp").asString()).isEqualTo("2026-01-01T00:00:05Z");
        delete(PODS + "/p", "{\"gracePeriodSeconds\":0}");
        assertThat(isGone(PODS + "/p")).isTrue();
    }

    @Test
    void aPodThatNoNodeHasIsGoneAtOnce() {
        pod("");

        made(writes.delete(PODS + "/p"));

        assertThat(isGone(PODS + "/p")).isTrue();
    }

    @Test
    void aNamespaceStaysUntilItsContentsAreGone() {
        JsonNode marked = made(writes.delete("/api/v1/namespaces/a")).body();

        assertThat(marked.path("status").path("phase").asString()).isEqualTo("Terminating");
        assertThat(metadata("/api/v1/namespaces/a").has("deletionTimestamp")).isTrue();
        assertThat(writes.create(MAPS, "{\"metadata\":{\"name\":\"late\"}}").code())
                .isEqualTo(403);
    }
}
