package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects of workloads through their lives: made, watched, read, found, patched, replaced, their status and scale, deleted alone and
 * together. None of them brings a pod.
 */
class WorkloadApiE2E extends ClusterTest {

    private static final String POD =
            "{ metadata: { labels: { app: none } }, spec: { restartPolicy: %s, containers: [{ name: c, image: kybern/testbox:1 }] } }";
    private static final String ALWAYS = POD.formatted("Always");
    private static final String SELECTOR = "selector: { matchLabels: { app: none } }";

    private ClusterApi api;

    @BeforeAll
    void open() {
        api = ClusterApi.open(kubectl);
    }

    @AfterAll
    void close() {
        if (api != null) {
            api.close();
        }
    }

    private String collection(String groupVersion, String resource) {
        String root = groupVersion.equals("v1") ? "/api/v1" : "/apis/" + groupVersion;
        return root + "/namespaces/" + kubectl.namespace() + "/" + resource;
    }

    /** Replaces in the newest state: controllers write at the same time. */
    private Answer replace(String path, Consumer<ObjectNode> change) {
        for (int tries = 0; tries < 20; tries++) {
            JsonNode object = api.get(path).ok().body();
            change.accept((ObjectNode) object);
            Answer answer = api.put(path, object);
            if (answer.code() != 409) {
                return answer.ok();
            }
        }
        throw new AssertionError(path + " never stands still");
    }

    private static void label(JsonNode object, String key) {
        ObjectNode metadata = (ObjectNode) object.path("metadata");
        metadata.withObjectProperty("labels").put(key, "yes");
    }

    /**
     * The way of every type.
     *
     * @param rest of an object, beside kind and metadata
     */
    private void lives(String groupVersion, String resource, String kind, String rest) {
        String all = collection(groupVersion, resource);
        String from = api.get(all).ok().at("/metadata/resourceVersion");
        try (EventWatch watch = EventWatch.from(api, all + "?labelSelector=test%3D" + resource, from)) {
            for (String name : List.of("a", "b", "c")) {
                Answer made = api.post(all, """
                                apiVersion: %s
                                kind: %s
                                metadata: { name: %s, labels: { test: %s } }
                                %s
                                """.formatted(groupVersion, kind, name, resource, rest.strip()))
                        .ok();
                assertThat(made.at("/metadata/uid")).isNotEmpty();
            }
            assertThat(api.get(all + "/a").ok().at("/kind")).isEqualTo(kind);
            String everywhere = all.replace("/namespaces/" + kubectl.namespace(), "");
            assertThat(api.get(everywhere + "?labelSelector=test%3D" + resource + "&fieldSelector=metadata.namespace%3D"
                                    + kubectl.namespace())
                            .names())
                    .containsExactly("a", "b", "c");
            assertThat(api.patch(all + "/a", ClusterApi.STRATEGIC, "{\"metadata\":{\"labels\":{\"patched\":\"yes\"}}}")
                            .ok()
                            .at("/metadata/labels/patched"))
                    .isEqualTo("yes");
            assertThat(replace(all + "/b", object -> label(object, "replaced")).at("/metadata/labels/replaced"))
                    .isEqualTo("yes");
            api.delete(all + "/a", "{propagationPolicy: Background}").ok();
            assertThat(api.get(all + "?labelSelector=test%3D" + resource).names())
                    .containsExactly("b", "c");
            api.delete(all + "?labelSelector=test%3D" + resource, "{propagationPolicy: Background}")
                    .ok();
            assertThat(api.get(all + "?labelSelector=test%3D" + resource).names())
                    .isEmpty();
            eventually("the watch has told the end of all").untilAsserted(() -> assertThat(watch.told())
                    .contains("ADDED a", "MODIFIED a", "MODIFIED b", "DELETED a", "DELETED b", "DELETED c"));
        }
    }

    /** Makes an object named {@code s}, patches and replaces its status, and leaves it there. */
    private String hasStatus(String groupVersion, String resource, String kind, String rest) {
        String path = collection(groupVersion, resource);
        api.post(path, """
                apiVersion: %s
                kind: %s
                metadata: { name: s }
                %s
                """.formatted(groupVersion, kind, rest.strip())).ok();
        Answer patched = api.patch(
                        path + "/s/status",
                        ClusterApi.STRATEGIC,
                        "{\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\",\"reason\":\"E2E\"}]}}")
                .ok();
        assertThat(patched.body().at("/status/conditions").toString()).contains("StatusPatched");
        Answer replaced = replace(path + "/s/status", object -> {
            ObjectNode condition = ((ObjectNode) object)
                    .withObjectProperty("status")
                    .withArrayProperty("conditions")
                    .addObject();
            condition.put("type", "StatusReplaced").put("status", "True").put("reason", "E2E");
        });
        assertThat(replaced.body().at("/status/conditions").toString()).contains("StatusReplaced");
        assertThat(api.get(path + "/s/status").ok().at("/kind")).isEqualTo(kind);
        return path + "/s";
    }

    /** It stays at none, which is left out, as numbers of zero are. */
    private void hasScale(String path) {
        Answer scale = api.get(path + "/scale").ok();
        assertThat(scale.at("/kind")).isEqualTo("Scale");
        assertThat(scale.at("/status/selector")).isEqualTo("app=none");
        assertThat(api.patch(path + "/scale", ClusterApi.MERGE, "{\"spec\":{\"replicas\":0}}")
                        .ok()
                        .at("/kind"))
                .isEqualTo("Scale");
        Answer put = replace(
                path + "/scale",
                object -> ((ObjectNode) object).withObjectProperty("spec").put("replicas", 0));
        assertThat(put.at("/apiVersion")).isEqualTo("autoscaling/v1");
    }

    @Test
    void deploymentsLive() {
        String rest = "spec: { replicas: 0, " + SELECTOR + ", template: " + ALWAYS + " }";
        lives("apps/v1", "deployments", "Deployment", rest);
        hasScale(hasStatus("apps/v1", "deployments", "Deployment", rest));
    }

    @Test
    void replicaSetsLive() {
        String rest = "spec: { replicas: 0, " + SELECTOR + ", template: " + ALWAYS + " }";
        lives("apps/v1", "replicasets", "ReplicaSet", rest);
        hasScale(hasStatus("apps/v1", "replicasets", "ReplicaSet", rest));
    }

    @Test
    void replicationControllersLive() {
        String rest = "spec: { replicas: 0, selector: { app: none }, template: " + ALWAYS + " }";
        lives("v1", "replicationcontrollers", "ReplicationController", rest);
        hasScale(hasStatus("v1", "replicationcontrollers", "ReplicationController", rest));
    }

    @Test
    void statefulSetsLive() {
        String rest = "spec: { replicas: 0, serviceName: none, " + SELECTOR + ", template: " + ALWAYS + " }";
        lives("apps/v1", "statefulsets", "StatefulSet", rest);
        hasScale(hasStatus("apps/v1", "statefulsets", "StatefulSet", rest));
    }

    @Test
    void daemonSetsLive() {
        String nowhere = ALWAYS.replace("restartPolicy", "nodeSelector: { no: such-node }, restartPolicy");
        String rest = "spec: { " + SELECTOR + ", template: " + nowhere + " }";
        lives("apps/v1", "daemonsets", "DaemonSet", rest);
        hasStatus("apps/v1", "daemonsets", "DaemonSet", rest);
    }

    @Test
    void jobsLive() {
        String rest = "spec: { suspend: true, template: " + POD.formatted("Never") + " }";
        lives("batch/v1", "jobs", "Job", rest);
        hasStatus("batch/v1", "jobs", "Job", rest);
    }

    @Test
    void cronJobsLiveAndHaveAStatus() {
        String rest = "spec: { schedule: \"0 0 1 1 *\", suspend: true, jobTemplate: { spec: { template: "
                + POD.formatted("Never") + " } } }";
        lives("batch/v1", "cronjobs", "CronJob", rest);
        String path = collection("batch/v1", "cronjobs");
        api.post(path, "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: s }\n" + rest)
                .ok();
        assertThat(api.patch(
                                path + "/s/status",
                                ClusterApi.MERGE,
                                "{\"metadata\":{\"annotations\":{\"patched\":\"yes\"}},\"status\":{\"lastScheduleTime\":\"2026-01-02T03:04:05Z\"}}")
                        .ok()
                        .at("/status/lastScheduleTime"))
                .isEqualTo("2026-01-02T03:04:05Z");
        assertThat(replace(path + "/s/status", object -> ((ObjectNode) object)
                                .withObjectProperty("status")
                                .put("lastSuccessfulTime", "2026-01-02T03:05:05Z"))
                        .at("/status/lastSuccessfulTime"))
                .isEqualTo("2026-01-02T03:05:05Z");
        assertThat(api.get(path + "/s/status").ok().at("/spec/schedule")).isEqualTo("0 0 1 1 *");
    }

    @Test
    void disruptionBudgetsLiveAndHaveAStatus() {
        String rest = "spec: { minAvailable: 1, " + SELECTOR + " }";
        lives("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", rest);
        String path = hasStatus("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", rest);
        eventually("the budget is counted").untilAsserted(() -> {
            Answer budget = api.get(path).ok();
            assertThat(budget.at("/status/observedGeneration")).isEqualTo(budget.at("/metadata/generation"));
            assertThat(budget.at("/status/disruptionsAllowed")).isEqualTo("0");
        });
        assertThat(api.patch(path, ClusterApi.MERGE, "{\"spec\":{\"minAvailable\":\"30%\"}}")
                        .ok()
                        .at("/spec/minAvailable"))
                .isEqualTo("30%");
    }

    @Test
    void revisionsOfControllersLiveAndKeepTheirData() {
        String rest = "revision: 3\ndata: { spec: { template: { a: b } } }";
        lives("apps/v1", "controllerrevisions", "ControllerRevision", rest);
        String path = collection("apps/v1", "controllerrevisions");
        api.post(path, "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: { name: s }\n" + rest)
                .ok();
        assertThat(replace(path + "/s", object -> ((ObjectNode) object).put("revision", 4))
                        .at("/revision"))
                .isEqualTo("4");
        Answer refused = api.patch(path + "/s", ClusterApi.MERGE, "{\"data\":{\"spec\":null}}");
        assertThat(refused.code()).isEqualTo(422);
        assertThat(refused.at("/message")).contains("data: Invalid value", "field is immutable");
    }
}
