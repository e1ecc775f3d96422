package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reading: output forms, selectors, watching, describing, finding one's way. */
class GetE2E extends ClusterTest {

    @BeforeAll
    void deploy() {
        deployWeb("web", 2);
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080");
        for (String name : new String[] {"c", "a", "b"}) {
            kubectl.run("create", "configmap", name, "--from-literal=key=" + name);
            kubectl.run("label", "configmap", name, "set=abc", "name=" + name, "order=" + "cab".indexOf(name));
        }
        kubectl.run("label", "configmap", "c", "odd=yes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-o=name                                    | configmap/a configmap/b configmap/c",
                "-o=jsonpath={.items[*].data.key}           | a b c",
                "-o=jsonpath={range .items[*]}{.data.key}{\" \"}{end} | a b c",
                "-o=go-template={{range .items}}{{.data.key}} {{end}} | a b c",
                "--sort-by=.metadata.labels.order -o=name | configmap/c configmap/a configmap/b",
                "-o=custom-columns=N:.metadata.name,K:.data.key --no-headers | a a b b c c",
                "-L=name --no-headers                       | a 1 AGE a b 1 AGE b c 1 AGE c",
                "--chunk-size=1 -o=name                     | configmap/a configmap/b configmap/c"
            })
    void printsListsInManyForms(String options, String expected) {
        List<String> arguments = new ArrayList<>(List.of("get", "configmaps", "-l", "set=abc"));
        arguments.addAll(List.of(options.split(" (?=-)")));
        String printed = kubectl.run(arguments.toArray(String[]::new));
        assertThat(printed.replaceAll("\\s+", " ")
                        .replaceAll("\\b\\d+s|\\b\\d+m\\d*s?", "AGE")
                        .strip())
                .isEqualTo(expected);
    }

    @Test
    void printsTablesYamlAndJson() {
        assertThat(kubectl.run("get", "pods", "-l", "app=web", "-o", "wide"))
                .containsPattern("NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES")
                .containsPattern("1/1 +Running +0 +\\w+ +10\\.244\\.");
        assertThat(kubectl.run("get", "configmap", "a", "--show-labels")).containsPattern("name=a,order=1,set=abc");
        assertThat(kubectl.run("get", "configmap", "a", "-o", "yaml")).contains("apiVersion: v1", "  key: a");
        assertThat(kubectl.run("get", "configmaps", "-l", "set=abc", "-o", "json"))
                .contains("\"kind\": \"List\"")
                .containsSubsequence("\"key\": \"a\"", "\"key\": \"b\"", "\"key\": \"c\"");
        assertThat(kubectl.run("get", "all"))
                .contains("pod/web-", "service/web", "deployment.apps/web", "replicaset.apps/web-");
        assertThat(kubectl.run("get", "deployment,service", "-o", "name"))
                .isEqualTo("deployment.apps/web\nservice/web");
        assertThat(kubectl.run("get", "services", "-A")).containsPattern("default +kubernetes +ClusterIP +10.96.0.1");
    }

    @Test
    void findsTypesByTheirShortNames() {
        kubectl.run("create", "cronjob", "yearly", "--image=kybern/testbox:1", "--schedule=0 0 1 1 *");
        assertThat(kubectl.run("get", "cj", "-o", "name")).isEqualTo("cronjob.batch/yearly");
        assertThat(kubectl.run("get", "all", "-o", "name")).contains("cronjob.batch/yearly");
        assertThat(kubectl.run("get", "ip", "10.96.0.1")).containsPattern("10.96.0.1 +services/default/kubernetes");
        assertThat(kubectl.run("get", "servicecidrs", "kubernetes")).containsPattern("kubernetes +10\\.96\\.0\\.0/");
        assertThat(kubectl.run("get", "flowschemas", "catch-all"))
                .containsPattern("catch-all +catch-all +10000 +ByUser +\\w+ +False");
    }

    @Test
    void tellsHowTheComponentsAreAndThatOneShouldNotAsk() {
        eventually("all components are healthy").untilAsserted(() -> assertThat(
                        kubectl.run("get", "cs", "--no-headers").lines())
                .hasSize(3)
                .allMatch(line -> line.matches("\\S+ +Healthy +ok *")));
        assertThat(kubectl.call("", Map.of(), "get", "cs").error())
                .contains("Warning: v1 ComponentStatus is deprecated in v1.19+");
    }

    @ParameterizedTest
    @CsvSource({
        "odd=yes, configmap/c",
        "odd, configmap/c",
        "'!odd,set=abc', configmap/a configmap/b",
        "'set==abc,name!=a', configmap/b configmap/c",
        "'name in (a,c)', configmap/a configmap/c",
        "'set=abc,name notin (a,c)', configmap/b",
        "set=none, ''"
    })
    void selectsByLabels(String selector, String expected) {
        assertThat(kubectl.run("get", "configmaps", "-l", selector, "-o", "name")
                        .replace('\n', ' '))
                .isEqualTo(expected);
    }

    @Test
    void selectsByFields() {
        String pod = pods("web").getFirst();
        assertThat(kubectl.run("get", "pods", "--field-selector=metadata.name=" + pod, "-o", "name"))
                .isEqualTo("pod/" + pod);
        assertThat(kubectl.run("get", "pods", "--field-selector=status.phase!=Running", "-o", "name"))
                .isEmpty();
        String node = field("pod/" + pod, ".spec.nodeName");
        assertThat(kubectl.run(
                        "get",
                        "pods",
                        "--field-selector=spec.nodeName=" + node + ",status.phase=Running",
                        "-o",
                        "name"))
                .contains("pod/" + pod);
        assertThat(kubectl.call("", Map.of(), "get", "pods", "--field-selector=spec.color=red")
                        .error())
                .contains("field label not supported: spec.color");
    }

    @Test
    void watchesWhatChanges() throws Exception {
        kubectl.run("create", "configmap", "watched", "--from-literal=step=1");
        Process watch = new ProcessBuilder(
                        "kubectl",
                        "-n",
                        kubectl.namespace(),
                        "get",
                        "configmap",
                        "watched",
                        "-w",
                        "-o",
                        "jsonpath={.data.step}{\"\\n\"}")
                .redirectErrorStream(true)
                .start();
        try (var lines = watch.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("1");
            kubectl.run("patch", "configmap", "watched", "-p", "{\"data\":{\"step\":\"2\"}}");
            assertThat(lines.readLine()).isEqualTo("2");
        } finally {
            watch.destroy();
        }
    }

    @Test
    void describesWithEvents() {
        String pod = pods("web").getFirst();
        eventually("the events are told").untilAsserted(() -> assertThat(kubectl.run("describe", "pod", pod))
                .containsPattern("Normal +Scheduled .*Successfully assigned " + kubectl.namespace() + "/" + pod)
                .containsPattern("Normal +Pulled .*already present on machine")
                .containsPattern("Normal +Started ")
                .contains("Readiness:", "QoS Class:", "Controlled By:  ReplicaSet/web-"));
        assertThat(kubectl.run("describe", "deployment", "web"))
                .contains("2 desired | 2 updated | 2 total | 2 available | 0 unavailable", "ScalingReplicaSet");
        assertThat(kubectl.run("describe", "service", "web")).containsPattern("Endpoints: +10\\.244\\..*:8080");
        assertThat(kubectl.run("describe", "node", field("pod/" + pod, ".spec.nodeName")))
                .contains("Allocated resources:", "KubeletReady", pod);
        assertThat(kubectl.run(
                        "get",
                        "events",
                        "--field-selector=involvedObject.name=" + pod + ",reason=Scheduled",
                        "-o",
                        "name"))
                .startsWith("event/" + pod);
    }

    @Test
    void saysWhatIsNotThere() {
        assertThat(kubectl.call("", Map.of(), "get", "pod", "absent").error())
                .isEqualTo("Error from server (NotFound): pods \"absent\" not found\n");
        assertThat(kubectl.call("", Map.of(), "get", "nothings").error())
                // after what it may say of others' groups that are coming or going
                .endsWith("error: the server doesn't have a resource type \"nothings\"\n");
        assertThat(kubectl.call("", Map.of(), "get", "pods", "-l", "a=b").error())
                .isEqualTo("No resources found in " + kubectl.namespace() + " namespace.\n");
        assertThat(kubectl.run("get", "pod", "absent", "--ignore-not-found")).isEmpty();
    }

    @Test
    void tellsWhatTheServerHas() {
        // kubectl complains while a group of somebody else is coming or going
        eventually("all types are told")
                .untilAsserted(() -> assertThat(kubectl.run("api-resources", "--namespaced=false", "-o", "name"))
                        .contains("nodes", "namespaces", "clusterroles.rbac.authorization.k8s.io"));
        assertThat(kubectl.run("api-versions")).contains("apps/v1", "discovery.k8s.io/v1", "\nv1");
        assertThat(kubectl.run("explain", "deployment.spec.strategy.rollingUpdate"))
                .contains("GROUP:      apps", "KIND:       Deployment", "maxSurge", "<IntOrString>");
        assertThat(kubectl.run("explain", "pod.spec.containers", "--recursive")).contains("livenessProbe", "httpGet");
        assertThat(kubectl.run("version")).contains("Server Version: v1.36");
        assertThat(kubectl.run("cluster-info")).contains("control plane");
        assertThat(kubectl.run("get", "--raw", "/readyz")).isEqualTo("ok");
        assertThat(kubectl.run("auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}"))
                .contains("system:masters");
    }
}
