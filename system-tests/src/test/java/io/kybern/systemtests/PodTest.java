package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** A test class that starts many pods with one call, so that they start together, and then looks at each. */
abstract class PodTest extends ClusterTest {

    /**
     * A pod with one container, called "c".
     *
     * @param container what the container says beyond its image, in lines that begin at the first column
     * @param spec what the pod's spec says beyond the container, the same way
     */
    static String pod(String name, String container, String spec) {
        return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: %1$s, labels: { app: %1$s }, annotations: { note: "of %1$s" } }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  enableServiceLinks: false
                  automountServiceAccountToken: false
                  containers:
                  - name: c
                    image: %2$s
                    imagePullPolicy: IfNotPresent
                """.formatted(name, IMAGE) + container.indent(4) + spec.indent(2);
    }

    /** The line that makes a container run a shell script. */
    static String script(String script) {
        return "command: [sh, -c, '" + script.replace("'", "''") + "']\n";
    }

    /** The line that makes a container stay. */
    static String stay() {
        return script("trap \"exit 0\" TERM; while true; do sleep 1; done");
    }

    /** An object as it is. */
    JsonNode get(String... object) {
        String[] arguments = new String[object.length + 3];
        arguments[0] = "get";
        System.arraycopy(object, 0, arguments, 1, object.length);
        arguments[object.length + 1] = "-o";
        arguments[object.length + 2] = "json";
        return ApiSession.JSON.readTree(kubectl.run(arguments));
    }

    /** All pods of the namespace, by name. */
    Map<String, JsonNode> allPods() {
        Map<String, JsonNode> pods = new HashMap<>();
        for (JsonNode pod : get("pods").path("items")) {
            pods.put(pod.path("metadata").path("name").asString(), pod);
        }
        return pods;
    }

    /** Waits until that holds for all these pods, or for all that there are if none is named; answers them as they were then. */
    Map<String, JsonNode> awaitPods(String condition, Predicate<JsonNode> holds, String... names) {
        Map<String, JsonNode> seen = new HashMap<>();
        eventually(condition).untilAsserted(() -> {
            Map<String, JsonNode> pods = allPods();
            for (String name : names.length > 0 ? List.of(names) : List.copyOf(pods.keySet())) {
                assertThat(pods).containsKey(name);
                assertThat(holds.test(pods.get(name)))
                        .as(
                                "%s: %s; its status is %s",
                                name, condition, pods.get(name).path("status"))
                        .isTrue();
            }
            seen.putAll(pods);
        });
        return seen;
    }

    static boolean hasEnded(JsonNode pod) {
        return Set.of("Succeeded", "Failed").contains(phase(pod));
    }

    static boolean isReady(JsonNode pod) {
        return "True".equals(condition(pod, "Ready").path("status").asString());
    }

    static boolean isReadyOrHasEnded(JsonNode pod) {
        return hasEnded(pod) || isReady(pod);
    }

    static String phase(JsonNode pod) {
        return pod.path("status").path("phase").asString();
    }

    static JsonNode condition(JsonNode object, String type) {
        for (JsonNode condition : object.path("status").path("conditions")) {
            if (condition.path("type").asString().equals(type)) {
                return condition;
            }
        }
        return ApiSession.JSON.createObjectNode();
    }

    /** The status of the pod's first container. */
    static JsonNode container(JsonNode pod) {
        return pod.path("status").path("containerStatuses").path(0);
    }

    String exec(String pod, String script) {
        return kubectl.run("exec", pod, "-c", "c", "--", "sh", "-c", script);
    }

    String logs(String pod) {
        return kubectl.run("logs", pod);
    }
}
