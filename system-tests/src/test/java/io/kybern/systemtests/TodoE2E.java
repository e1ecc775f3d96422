package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The walk-through of {@code docs/todo.md}: a database on a volume, and a front end that is scaled by its load and back. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TodoE2E extends ClusterTest {

    private static final Duration IMAGES = Duration.ofMinutes(9);

    private String url;

    @BeforeAll
    void runIt() {
        Kubectl.execute(List.of("../k8s-bootstrap/scripts/todo.sh", kubectl.namespace()), "", Map.of(), IMAGES)
                .ok();
        // a node that runs one of its pods: other tests make nodes that are none
        String node = kubectl.run("get", "pods", "-l", "app=todo", "-o", "jsonpath={.items[0].status.hostIP}");
        url = "http://" + node + ":" + field("service/todo", ".spec.ports[0].nodePort");
    }

    /** Load is measured every quarter of a minute, and the machine may be busy. */
    private static ConditionFactory inTime(String condition) {
        return eventually(condition).atMost(Duration.ofMinutes(4)).pollInterval(Duration.ofMillis(500));
    }

    private static String curl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("curl", "-sf", "-m", "15"));
        command.addAll(List.of(arguments));
        return Kubectl.execute(command, "", Map.of()).output();
    }

    private void add(String item) {
        inTime("the list has " + item).until(() -> {
            if (!curl(url + "/items").contains(item)) {
                curl("-d", item, url + "/items");
            }
            return curl(url + "/items").contains(item);
        });
    }

    @Test
    @Order(1)
    void whatIsWrittenOutlivesThePodOfTheDatabase() {
        add("water the plants <now>");
        inTime("the page shows it as text")
                .until(() -> curl(url + "/").contains("<li>water the plants &lt;now&gt;</li>"));
        String uid = field("pod/todo-db-0", ".metadata.uid");
        String volume = field("pvc/data-todo-db-0", ".spec.volumeName");
        assertThat(field("pvc/data-todo-db-0", ".metadata.annotations.volume\\.kubernetes\\.io/selected-node"))
                .isEqualTo(field("pod/todo-db-0", ".spec.nodeName"));
        kubectl.run("delete", "pod", "todo-db-0");
        inTime("another pod has the database").untilAsserted(() -> assertThat(field("pod/todo-db-0", ".metadata.uid"))
                .isNotEqualTo(uid));
        inTime("the item is there").until(() -> curl(url + "/items").contains("water the plants"));
        assertThat(field("pvc/data-todo-db-0", ".spec.volumeName")).isEqualTo(volume);
    }

    @Test
    @Order(2)
    void theFrontEndIsScaledUnderLoadAndBack() {
        kubectl.run(
                "run",
                "load",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--restart=Never",
                "--",
                "sh",
                "-c",
                "while true; do wget -q -T 5 -O /dev/null http://todo/work || sleep 1; done");
        inTime("there are three front ends")
                .untilAsserted(() -> assertThat(field("deployment/todo", ".status.readyReplicas"))
                        .isEqualTo("3"));
        kubectl.run("delete", "pod", "load", "--now");
        add("switch the load off");
        inTime("one is left").untilAsserted(() -> assertThat(field("deployment/todo", ".spec.replicas"))
                .isEqualTo("1"));
        inTime("both items are there").untilAsserted(() -> assertThat(curl(url + "/items"))
                .contains("water the plants", "switch the load off"));
        inTime("it says why").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", "todo"))
                .contains("cpu resource utilization (percentage of request) above target")
                .contains("All metrics below target"));
    }
}
