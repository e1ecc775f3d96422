package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What becomes of dependents when their owner goes; see "Garbage Collection" in the Kubernetes documentation. */
class GarbageCollectionE2E extends ApiTest {

    private static final int PODS = 2;

    /** All controllers have their pods before the first test, so that no test waits for its own. */
    @BeforeAll
    void makeOwners() {
        for (String name : List.of("background", "foreground", "orphan", "orphan-by-field", "shared")) {
            api.post(at("replicationcontrollers"), """
                            metadata: { name: %1$s }
                            spec:
                              replicas: %2$d
                              selector: { app: %1$s }
                              template:
                                metadata: { labels: { app: %1$s } }
                                spec:
                                  terminationGracePeriodSeconds: 0
                                  containers: [{ name: c, image: %3$s, imagePullPolicy: IfNotPresent, command: [sleep, "1000"] }]
                            """.formatted(name, PODS, IMAGE))
                    .ok();
        }
        eventually("the controllers have their pods")
                .until(() -> api.get(at("pods")).names().size() == 5 * PODS);
    }

    private String at(String what) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/" + what;
    }

    private List<JsonNode> podsOf(String app) {
        return api.get(at("pods?labelSelector=app%3D" + app))
                .ok()
                .body()
                .path("items")
                .valueStream()
                .toList();
    }

    private void gone(String what) {
        eventually(what + " is gone").until(() -> api.get(at(what)).code() == 404);
    }

    private Answer delete(String controller, String options) {
        return api.delete(at("replicationcontrollers/" + controller), options).ok();
    }

    @Test
    void inTheBackgroundTheOwnerGoesFirst() {
        assertThat(delete("background", "{ propagationPolicy: Background }").at("/status"))
                .isEqualTo("Success");
        assertThat(api.get(at("replicationcontrollers/background")).code()).isEqualTo(404);
        eventually("the pods are gone").until(() -> podsOf("background").isEmpty());
    }

    @Test
    void inTheForegroundTheOwnerWaitsForItsPods() {
        JsonNode marked =
                delete("foreground", "{ propagationPolicy: Foreground }").body();
        assertThat(marked.at("/metadata/finalizers/0").asString()).isEqualTo("foregroundDeletion");
        assertThat(marked.at("/metadata/deletionTimestamp").asString()).isNotEmpty();

        gone("replicationcontrollers/foreground");
        assertThat(podsOf("foreground")).isEmpty();
    }

    @Test
    void orphansStayAndForgetTheirOwner() {
        delete("orphan", "{ propagationPolicy: Orphan }");
        delete("orphan-by-field", "{ orphanDependents: true }");

        gone("replicationcontrollers/orphan");
        gone("replicationcontrollers/orphan-by-field");
        for (String each : List.of("orphan", "orphan-by-field")) {
            assertThat(podsOf(each)).hasSize(PODS).allSatisfy(pod -> {
                assertThat(pod.at("/metadata/ownerReferences").isEmpty()).isTrue();
                assertThat(pod.at("/metadata/deletionTimestamp").isMissingNode())
                        .isTrue();
            });
        }
    }

    @Test
    void aPodWithAnotherOwnerThatStaysSurvives() {
        Answer other = api.post(at("replicationcontrollers"), """
                        metadata: { name: stays }
                        spec:
                          replicas: 0
                          selector: { app: stays }
                          template:
                            metadata: { labels: { app: stays } }
                            spec: { containers: [{ name: c, image: none }] }
                        """).ok();
        String survivor = podsOf("shared").getFirst().at("/metadata/name").asString();
        api.patch(
                        at("pods/" + survivor),
                        ClusterApi.STRATEGIC,
                        "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ReplicationController\",\"name\":\"stays\",\"uid\":\"%s\"}]}}"
                                .formatted(other.at("/metadata/uid")))
                .ok();
        delete("shared", "{ propagationPolicy: Foreground }");

        gone("replicationcontrollers/shared");
        assertThat(podsOf("shared")).singleElement().satisfies(pod -> {
            assertThat(pod.at("/metadata/name").asString()).isEqualTo(survivor);
            assertThat(pod.at("/metadata/deletionTimestamp").isMissingNode()).isTrue();
            assertThat(pod.at("/metadata/ownerReferences")).hasSize(1);
            assertThat(pod.at("/metadata/ownerReferences/0/name").asString()).isEqualTo("stays");
        });
    }

    @Test
    void podsThatOwnEachOtherInACircleGo() {
        List<String> circle = List.of("first", "second", "third");
        List<String> uids = circle.stream().map(this::podInCircle).toList();
        for (int i = 0; i < circle.size(); i++) {
            int owner = (i + 2) % circle.size();
            api.patch(
                            at("pods/" + circle.get(i)),
                            ClusterApi.STRATEGIC,
                            "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"%s\",\"uid\":\"%s\",\"controller\":true,\"blockOwnerDeletion\":true}]}}"
                                    .formatted(circle.get(owner), uids.get(owner)))
                    .ok();
        }
        api.delete(at("pods/first"), "{ propagationPolicy: Foreground }").ok();

        circle.forEach(each -> gone("pods/" + each));
    }

    private String podInCircle(String name) {
        return api.post(at("pods"), """
                        metadata: { name: %s }
                        spec:
                          terminationGracePeriodSeconds: 0
                          containers: [{ name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, "1000"] }]
                        """.formatted(name, IMAGE)).ok().at("/metadata/uid");
    }

    @Test
    void preconditionsHoldADeletionBack() {
        api.post(at("configmaps"), "metadata: { name: guarded }").ok();
        Answer refused = api.delete(
                at("configmaps/guarded"), "{ preconditions: { uid: 6d1e9f0c-0000-0000-0000-000000000000 } }");
        assertThat(refused.code()).isEqualTo(409);
        assertThat(refused.at("/reason")).isEqualTo("Conflict");
        assertThat(refused.at("/message"))
                .contains("the UID in the precondition (6d1e9f0c-0000-0000-0000-000000000000)");
        assertThat(api.delete(at("configmaps/guarded"), "{ dryRun: [All] }").code())
                .isEqualTo(200);
        assertThat(api.get(at("configmaps/guarded")).code()).isEqualTo(200);
    }
}
