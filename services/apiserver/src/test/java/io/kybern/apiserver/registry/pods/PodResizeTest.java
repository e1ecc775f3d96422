package io.kybern.apiserver.registry.pods;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a resize may ask for, and what a pod may ask for as a whole, with the API server's answers. */
@Timeout(120)
final class PodResizeTest {

    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final String GUARANTEED = "{requests: {cpu: 20m, memory: 35Mi}, limits: {cpu: 20m, memory: 35Mi}}";
    private static final String BURSTABLE = "{requests: {cpu: 20m, memory: 35Mi}, limits: {cpu: 35m, memory: 50Mi}}";

    private final WritesUnderTest writes = new WritesUnderTest();

    @BeforeEach
    void makeSurroundings() {
        made(writes.create("/api/v1/namespaces", "{\"metadata\": {\"name\": \"a\"}}"));
        made(writes.create(
                "/api/v1/namespaces/a/serviceaccounts",
                "{\"metadata\": {\"name\": \"default\"}, \"automountServiceAccountToken\": false}"));
        writes.settle();
    }

    @AfterEach
    void close() {
        writes.close();
    }

    /** The resources of the containers c1, c2 and so on; what the spec says beside them. */
    private static String pod(String more, String... resources) {
        StringBuilder text =
                new StringBuilder("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n");
        int number = 1;
        for (String each : resources) {
            text.append("  - {name: c%d, image: i, resources: %s}\n".formatted(number++, each));
        }
        return text + more.indent(2);
    }

    private Reply create(String pod) {
        return writes.send("POST", PODS, "application/yaml", pod);
    }

    private void existing(String... resources) {
        made(create(pod("", resources)));
    }

    private Reply patched(String spec) {
        return writes.send(
                "PATCH",
                PODS + "/p/resize",
                "application/strategic-merge-patch+json",
                "{\"spec\":" + spec.replace("'", "\"") + "}");
    }

    private Reply resized(String resources) {
        return patched("{'containers': [{'name': 'c1', 'resources': " + resources + "}]}");
    }

    private static void refused(Reply reply, String message) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(422);
        assertThat(reply.message()).contains(message);
    }

    @Test
    void moreAndLessOfBothIsTakenAndCountsAsAChangeOfTheSpec() {
        existing(BURSTABLE, BURSTABLE);
        Reply reply = made(patched("""
                {'containers': [{'name': 'c1', 'resources': {'requests': {'cpu': '25m', 'memory': '30Mi'}}},
                  {'name': 'c2', 'resources': {'limits': {'cpu': '40m', 'memory': '60Mi'}}}]}"""));
        var containers = reply.body().path("spec").path("containers");
        assertThat(containers
                        .get(0)
                        .path("resources")
                        .path("requests")
                        .path("cpu")
                        .asString())
                .isEqualTo("25m");
        assertThat(containers
                        .get(0)
                        .path("resources")
                        .path("limits")
                        .path("memory")
                        .asString())
                .isEqualTo("50Mi");
        assertThat(containers
                        .get(1)
                        .path("resources")
                        .path("limits")
                        .path("memory")
                        .asString())
                .isEqualTo("60Mi");
        assertThat(reply.body().path("metadata").path("generation").asInt()).isEqualTo(2);
    }

    @Test
    void theClassOfServiceStays() {
        String message = "spec: Invalid value: \"%s\": Pod QOS Class may not change as a result of resizing";
        existing("{}");
        refused(resized("{'requests': {'memory': '35Mi'}}"), message.formatted("BestEffort"));
        made(writes.delete(PODS + "/p"));
        existing(BURSTABLE);
        refused(
                resized("{'requests': {'cpu': '35m', 'memory': '50Mi'}, 'limits': {'cpu': '35m', 'memory': '50Mi'}}"),
                message.formatted("Burstable"));
    }

    @Test
    void whatIsThereCannotBeTakenAway() {
        existing(BURSTABLE, "{requests: {memory: 35Mi}}");
        refused(
                resized("{'limits': null}"),
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed");
        refused(
                patched("{'containers': [{'name': 'c2', 'resources': {'requests': null}}]}"),
                "spec.containers[1].resources.requests: Forbidden: resource requests cannot be removed");
    }

    @Test
    void containersStayAsTheyAreAndWhereTheyAre() {
        existing(GUARANTEED, GUARANTEED);
        String message = "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize,"
                + " spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize";
        refused(
                patched("{'$setElementOrder/containers': [{'name': 'c2'}, {'name': 'c1'}], 'containers':"
                        + " [{'name': 'c2'}, {'name': 'c1'}]}"),
                message);
        refused(
                patched(
                        "{'containers': [{'$patch': 'replace'}, {'name': 'd1', 'image': 'i'}, {'name': 'd2', 'image': 'i'}]}"),
                message);
        refused(
                patched("{'containers': [{'name': 'c3', 'image': 'i'}]}"),
                "spec.containers: Forbidden: containers may not be added or removed on resize");
        made(patched("{'containers': [{'name': 'c1', 'image': 'other'}]}"));
        assertThat(writes.get(PODS + "/p").text()).doesNotContain("other");
    }

    @Test
    void onlyProcessorAndMemoryChange() {
        existing("{requests: {cpu: 20m, ephemeral-storage: 1Gi}}");
        refused(
                resized("{'requests': {'ephemeral-storage': '3Gi'}}"),
                "spec: Forbidden: only cpu and memory resources are mutable");
        refused(
                resized("{'limits': {'cpu': '10m'}}"),
                "spec.containers[0].resources.requests: Invalid value: \"20m\": must be less than or equal to cpu limit of 10m");
    }

    @Test
    void sidecarsAndOtherInitContainersAreResized() {
        made(create(pod("""
                initContainers:
                - {name: i1, image: i, restartPolicy: Always, resources: {requests: {cpu: 10m}}}
                - {name: i2, image: i, resources: {requests: {cpu: 10m}}}
                """, "{}")));
        made(patched("{'initContainers': [{'name': 'i1', 'resources': {'requests': {'cpu': '20m'}}},"
                + " {'name': 'i2', 'resources': {'requests': {'cpu': '20m'}}}]}"));
        refused(
                patched("{'initContainers': [{'name': 'i1', 'resources': {'limits': {'ephemeral-storage': '1Gi'}}}]}"),
                "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable");
    }

    @Test
    void aContainerThatRunsOnceIsNotToBeStartedAnewByAResize() {
        refused(
                create(pod("""
                        initContainers:
                        - {name: i1, image: i, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}
                        """, "{}")),
                "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to"
                        + " 'RestartContainer' for non-sidecar initContainers");
    }

    @Test
    void aPodWithoutARequestOfItsOwnAsksForWhatItsContainersAskForOrForAllItMayHave() {
        Reply reply = made(create(pod(
                "resources: {limits: {cpu: 100m, memory: 100Mi}}",
                "{requests: {cpu: 20m}}",
                "{requests: {cpu: 30m}}")));
        var requests = reply.body().path("spec").path("resources").path("requests");
        assertThat(requests.path("cpu").asString()).isEqualTo("50m");
        assertThat(requests.path("memory").asString()).isEqualTo("100Mi");
        assertThat(reply.body().path("status").path("qosClass").asString()).isEqualTo("Burstable");
    }

    @Test
    void aPodWhoseContainersHaveNothingOfTheirOwnIsResizedAsAWhole() {
        made(create(pod("resources: {requests: {cpu: 100m}, limits: {cpu: 200m}}", "{}")));
        made(writes.send(
                "PATCH",
                PODS + "/p/status",
                "application/merge-patch+json",
                "{\"status\": {\"containerStatuses\": [{\"name\": \"c1\", \"image\": \"i\", \"imageID\": \"\","
                        + " \"ready\": true, \"restartCount\": 0, \"state\": {\"running\": {}}}]}}"));
        Reply reply = made(patched("{'resources': {'limits': {'cpu': '300m'}}}"));
        assertThat(reply.body()
                        .path("spec")
                        .path("resources")
                        .path("limits")
                        .path("cpu")
                        .asString())
                .isEqualTo("300m");
    }

    @Test
    void aPodAsAWholeCoversItsContainers() {
        refused(
                create(pod("resources: {requests: {cpu: 10m}}", "{requests: {cpu: 20m}}")),
                "spec.resources.requests[cpu]: Invalid value: \"10m\": must be greater than or equal to aggregate container requests of 20m");
        refused(
                create(pod("resources: {limits: {memory: 10Mi}}", "{requests: {memory: 1Mi}, limits: {memory: 20Mi}}")),
                "Invalid value: \"20Mi\": must be less than or equal to pod limits of 10Mi");
        refused(
                create(pod("resources: {requests: {ephemeral-storage: 1Gi}}", "{}")),
                "spec.resources.requests[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values:"
                        + " \"cpu\", \"hugepages-\", \"memory\"");
    }

    @Test
    void aPodIsResizedAsAWhole() {
        made(create(pod("resources: {requests: {cpu: 50m}, limits: {cpu: 100m}}", "{}")));
        Reply reply = made(patched("{'resources': {'requests': {'cpu': '60m'}, 'limits': {'cpu': '200m'}}}"));
        assertThat(reply.body()
                        .path("spec")
                        .path("resources")
                        .path("limits")
                        .path("cpu")
                        .asString())
                .isEqualTo("200m");
        refused(
                patched("{'resources': {'limits': null}}"),
                "spec.resources.limits: Forbidden: pod-level resource limits cannot be removed");
        refused(patched("{'resources': null}"), "spec.resources: Forbidden: pod-level resources cannot be removed");
    }
}
