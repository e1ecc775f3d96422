package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Writing: apply, replace, edit, set, generate, wait and delete. */
class EditingE2E extends ClusterTest {

    private static final String SETTINGS = """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings, labels: { tier: a, team: b } }
            data: { color: red, size: big }
            """;

    @Test
    void applyRemovesWhatIsNoLongerSaid() {
        assertThat(kubectl.call(SETTINGS, Map.of(), "diff", "-f", "-").exitCode())
                .as("1: something differs")
                .isEqualTo(1);
        kubectl.apply(SETTINGS);
        kubectl.run("annotate", "configmap", "settings", "by=hand");
        assertThat(kubectl.call(SETTINGS, Map.of(), "diff", "-f", "-").exitCode())
                .isZero();
        assertThat(kubectl.apply(SETTINGS.replace(", size: big", "").replace(", team: b", "")))
                .isEqualTo("configmap/settings configured");
        assertThat(field("configmap/settings", ".data")).isEqualTo("{\"color\":\"red\"}");
        assertThat(field("configmap/settings", ".metadata.labels")).isEqualTo("{\"tier\":\"a\"}");
        assertThat(field("configmap/settings", ".metadata.annotations.by"))
                .as("what others set stays")
                .isEqualTo("hand");
    }

    @Test
    void replaceNeedsTheObjectAndForceMakesItAnew() {
        String manifest = SETTINGS.replace("settings", "replaced");
        assertThat(kubectl.call(manifest, Map.of(), "replace", "-f", "-").error())
                .contains("Error from server (NotFound)", "configmaps \"replaced\" not found");
        assertThat(kubectl.call(manifest, Map.of(), "create", "-f", "-").ok()).isEqualTo("configmap/replaced created");
        assertThat(kubectl.call(manifest, Map.of(), "create", "-f", "-").error())
                .contains("Error from server (AlreadyExists)", "configmaps \"replaced\" already exists");
        String uid = field("configmap/replaced", ".metadata.uid");
        assertThat(kubectl.call(manifest.replace("red", "blue"), Map.of(), "replace", "-f", "-")
                        .ok())
                .isEqualTo("configmap/replaced replaced");
        assertThat(field("configmap/replaced", ".metadata.uid")).isEqualTo(uid);
        kubectl.call(manifest, Map.of(), "replace", "--force", "-f", "-").ok();
        assertThat(field("configmap/replaced", ".metadata.uid")).isNotEqualTo(uid);
    }

    @Test
    void anEditorChangesTheObject() {
        kubectl.apply(SETTINGS.replace("settings", "edited"));
        assertThat(kubectl.call("", Map.of("KUBE_EDITOR", "sed -i s/red/green/"), "edit", "configmap/edited")
                        .ok())
                .isEqualTo("configmap/edited edited");
        assertThat(field("configmap/edited", ".data.color")).isEqualTo("green");
        assertThat(kubectl.call("", Map.of("KUBE_EDITOR", "true"), "edit", "configmap/edited")
                        .error())
                .contains("Edit cancelled, no changes made.");
    }

    @Test
    void labelsAndAnnotationsAreSetChangedAndTakenAway() {
        kubectl.run("create", "configmap", "marked");
        kubectl.run("label", "configmap", "marked", "a=1", "b=2");
        assertThat(kubectl.call("", Map.of(), "label", "configmap", "marked", "a=9")
                        .error())
                .contains("'a' already has a value (1), and --overwrite is false");
        kubectl.run("label", "configmap", "marked", "a=9", "b-", "--overwrite");
        assertThat(field("configmap/marked", ".metadata.labels")).isEqualTo("{\"a\":\"9\"}");
        kubectl.run("annotate", "configmap", "marked", "x=y");
        kubectl.run("annotate", "configmap", "marked", "x-");
        assertThat(field("configmap/marked", ".metadata.annotations")).isEmpty();
        assertThat(kubectl.call("", Map.of(), "label", "configmap", "marked", "no/good/key=1")
                        .error())
                .contains("a qualified name must consist of");
    }

    @Test
    void aStaleUpdateIsAConflict() {
        kubectl.run("create", "configmap", "stale");
        String old = kubectl.run("get", "configmap", "stale", "-o", "yaml");
        kubectl.run("label", "configmap", "stale", "a=1");
        assertThat(kubectl.call(old, Map.of(), "replace", "-f", "-").error())
                .contains(
                        "Error from server (Conflict)",
                        "Operation cannot be fulfilled on configmaps \"stale\": the object has been modified; please apply"
                                + " your changes to the latest version and try again");
    }

    @Test
    void deploymentsAreSetAndWaitedFor() {
        kubectl.run("create", "deployment", "sleeper", "--image=" + IMAGE, "--", "sleep", "1000");
        kubectl.run("wait", "deployment/sleeper", "--for=condition=Available", "--timeout=100s");
        kubectl.run("set", "resources", "deployment/sleeper", "--requests=cpu=10m,memory=8Mi", "--limits=memory=32Mi");
        kubectl.run("set", "env", "deployment/sleeper", "MODE=x");
        assertThat(kubectl.run("set", "env", "deployment/sleeper", "--list")).contains("MODE=x");
        kubectl.run("rollout", "status", "deployment/sleeper", "--timeout=100s");
        assertThat(field("deployment/sleeper", ".spec.template.spec.containers[0].resources"))
                .isEqualTo("{\"limits\":{\"memory\":\"32Mi\"},\"requests\":{\"cpu\":\"10m\",\"memory\":\"8Mi\"}}");
        kubectl.run("scale", "deployment/sleeper", "--replicas=0");
        kubectl.run("wait", "pod", "-l", "app=sleeper", "--for=delete", "--timeout=100s");
        assertThat(kubectl.call(
                                "",
                                Map.of(),
                                "wait",
                                "deployment/sleeper",
                                "--for=jsonpath={.status.readyReplicas}=5",
                                // as long as kubectl may need for its first look
                                "--timeout=10s")
                        .error())
                .contains("timed out waiting for the condition on deployments/sleeper");
    }

    @Test
    void generatorsMakeWhatTheySay() {
        kubectl.run("create", "secret", "generic", "keys", "--from-literal=a=b");
        kubectl.run("create", "serviceaccount", "robot");
        kubectl.run("create", "role", "reader", "--verb=get,list", "--resource=configmaps");
        kubectl.run(
                "create",
                "rolebinding",
                "robot-reads",
                "--role=reader",
                "--serviceaccount=" + kubectl.namespace() + ":robot");
        kubectl.run("create", "quota", "small", "--hard=pods=100");
        kubectl.run("create", "service", "clusterip", "plain", "--tcp=80:8080");
        kubectl.run("create", "priorityclass", kubectl.namespace(), "--value=10");
        kubectl.run("delete", "priorityclass", kubectl.namespace());
        String robot = "--as=system:serviceaccount:" + kubectl.namespace() + ":robot";
        eventually("the binding counts")
                .untilAsserted(() -> assertThat(kubectl.run("auth", "can-i", "list", "configmaps", robot))
                        .isEqualTo("yes"));
        assertThat(kubectl.call("", Map.of(), "auth", "can-i", "delete", "configmaps", robot)
                        .output())
                .startsWith("no");
        assertThat(kubectl.run("auth", "can-i", "--list", robot))
                .containsPattern("configmaps +\\[] +\\[] +\\[get list]");
        assertThat(kubectl.run("create", "token", "robot").split("\\.")).hasSize(3);
        assertThat(kubectl.call("", Map.of(), "get", "secrets", robot).error())
                .contains("Error from server (Forbidden): secrets is forbidden: User \"system:serviceaccount:"
                        + kubectl.namespace()
                        + ":robot\" cannot list resource \"secrets\" in API group \"\" in the namespace \""
                        + kubectl.namespace()
                        + "\"");
    }

    @Test
    void dryRunsChangeNothing() {
        assertThat(kubectl.call(SETTINGS.replace("settings", "dry"), Map.of(), "apply", "--dry-run=server", "-f", "-")
                        .ok())
                .isEqualTo("configmap/dry created (server dry run)");
        assertThat(kubectl.call("", Map.of(), "get", "configmap", "dry").error())
                .contains("NotFound");
        assertThat(kubectl.call(
                                SETTINGS.replace("\ndata:", "\ncolour: red\ndata:")
                                        .replace("settings", "dry"),
                                Map.of(),
                                "apply",
                                "-f",
                                "-")
                        .error())
                .contains("strict decoding error: unknown field \"colour\"");
    }

    @Test
    void deletesByNameLabelAndAll() {
        for (String name : List.of("d1", "d2", "d3")) {
            kubectl.run("create", "secret", "generic", name);
            kubectl.run("label", "secret", name, "kind=" + (name.equals("d1") ? "odd" : "even"));
        }
        assertThat(kubectl.run("delete", "secret", "-l", "kind=even"))
                .isEqualTo("secret \"d2\" deleted\nsecret \"d3\" deleted");
        assertThat(kubectl.run("get", "secrets", "-l", "kind", "-o", "name")).isEqualTo("secret/d1");
        kubectl.run("delete", "secret", "-l", "kind", "--all=false");
        assertThat(kubectl.call("", Map.of(), "delete", "secret", "d1").error())
                .contains("Error from server (NotFound): secrets \"d1\" not found");
        kubectl.run("delete", "secret", "d1", "--ignore-not-found");
    }
}
