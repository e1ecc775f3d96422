package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Where the variables of a container come from, and where they are put in; "Define Environment Variables" in the documentation. */
class EnvironmentE2E extends PodTest {

    /** A container that writes a file with variables, and one that already starts with them. */
    private static final String WRITER = """
            volumes: [{ name: config, emptyDir: {} }]
            initContainers:
            - name: writes
              image: %1$s
              command:
              - sh
              - -c
              - |
                echo "FIRST='one'" > /data/a.env
                echo "SECOND='  two  # \\$2'" >> /data/a.env
              volumeMounts: [{ name: config, mountPath: /data }]
            - name: reads
              image: %1$s
              command: [sh, -c, 'echo $A']
              env: [{ name: A, valueFrom: { fileKeyRef: { volumeName: config, path: a.env, key: FIRST } } }]
            """.formatted(IMAGE);

    private Map<String, JsonNode> pods = Map.of();

    @BeforeAll
    void start() {
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: settings }
                data: { data_1: value-1, data_2: value-2, with.dot: dotted }
                ---
                apiVersion: v1
                kind: Secret
                metadata: { name: keys }
                stringData: { secret_1: hidden-1, secret_2: hidden-2 }
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: foo-service }
                spec: { selector: { app: nobody }, ports: [{ name: web, port: 8765, targetPort: 8080 }, { name: dns, protocol: UDP, port: 53 }] }
                """);
        String values = "env: [{ name: FOO, value: foo-value }, { name: BAR, value: bar-value },"
                + " { name: FOOBAR, value: $(FOO);;$(BAR) }, { name: LATE, value: $(LATER) }, { name: LATER, value: x }]\n";
        kubectl.apply(pod("composed", values + script("echo $FOOBAR \"$LATE\""), "")
                + pod("command", values + "command: [sh, -c, 'echo \"$(FOO) \\$$(FOO) \\$(ABSENT)\"']\n", "")
                + pod("arguments", values + "command: [sh, -c]\nargs: ['FOO=wrong echo \"$(FOO)\"']\n", "")
                + pod("services", script("env | grep ^FOO_SERVICE | sort"), "").replace("Links: false", "Links: true")
                + pod(
                        "fields",
                        """
                        env:
                        - { name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
                        - { name: NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
                        - { name: UID, valueFrom: { fieldRef: { fieldPath: metadata.uid } } }
                        - { name: LABEL, valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }
                        - { name: ANNOTATION, valueFrom: { fieldRef: { fieldPath: "metadata.annotations['note']" } } }
                        - { name: ACCOUNT, valueFrom: { fieldRef: { fieldPath: spec.serviceAccountName } } }
                        - { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
                        - { name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
                        - { name: POD_IPS, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
                        - { name: HOST_IP, valueFrom: { fieldRef: { fieldPath: status.hostIP } } }
                        - { name: HOST_IPS, valueFrom: { fieldRef: { fieldPath: status.hostIPs } } }
                        """
                                + script(
                                        "for v in NAME NAMESPACE UID LABEL ANNOTATION ACCOUNT NODE POD_IP POD_IPS HOST_IP HOST_IPS;"
                                                + " do env | grep ^$v= | cut -d= -f2-; done"),
                        "")
                + pod(
                        "resources",
                        resourceVariables()
                                + "resources: { requests: { cpu: 20m, memory: 16Mi, ephemeral-storage: 8Mi },"
                                + " limits: { cpu: 1250m, memory: 64Mi, ephemeral-storage: 32Mi } }\n"
                                + script("echo $CPU $MEMORY $STORAGE $CPU_REQUEST $MEMORY_REQUEST $MILLI"),
                        "")
                + pod("node-resources", resourceVariables() + script("echo $CPU $MEMORY $CPU_REQUEST"), "")
                + pod("maps", """
                        env:
                        - { name: ONE, valueFrom: { configMapKeyRef: { name: settings, key: data_1 } } }
                        - { name: TWO, valueFrom: { secretKeyRef: { name: keys, key: secret_1 } } }
                        - { name: NO_KEY, valueFrom: { configMapKeyRef: { name: settings, key: absent, optional: true } } }
                        - { name: NO_MAP, valueFrom: { configMapKeyRef: { name: absent, key: absent, optional: true } } }
                        - { name: NO_SECRET, valueFrom: { secretKeyRef: { name: absent, key: absent, optional: true } } }
                        - { name: data_2, value: own }
                        envFrom:
                        - { configMapRef: { name: settings } }
                        - { configMapRef: { name: settings }, prefix: p-config- }
                        - { secretRef: { name: keys }, prefix: p_secret_ }
                        - { configMapRef: { name: absent, optional: true } }
                        """ + "command: [env]\n", "")
                + pod("missing-map", "envFrom: [{ configMapRef: { name: absent } }]\n" + stay(), "")
                + pod(
                        "missing-key",
                        "env: [{ name: A, valueFrom: { secretKeyRef: { name: keys, key: absent } } }]\n" + stay(),
                        "")
                + pod(
                        "files",
                        fromFile("A, FIRST", "B, SECOND", "C, THIRD, optional: true") + "command: [env]\n",
                        WRITER)
                + pod("missing-in-file", fromFile("A, THIRD") + stay(), WRITER));
        pods = awaitPods(
                "they have ended",
                PodTest::hasEnded,
                "composed",
                "command",
                "arguments",
                "services",
                "fields",
                "resources",
                "node-resources",
                "maps",
                "files");
    }

    /** Variables that stand in a file: name and key of each. */
    private static String fromFile(String... variables) {
        StringBuilder text = new StringBuilder("env:\n");
        for (String variable : variables) {
            String[] words = variable.split(", ", 2);
            text.append("- { name: %s, valueFrom: { fileKeyRef: { volumeName: config, path: a.env, key: %s } } }\n"
                    .formatted(words[0], words[1]));
        }
        return text.toString();
    }

    private static String resourceVariables() {
        return """
                env:
                - { name: CPU, valueFrom: { resourceFieldRef: { resource: limits.cpu } } }
                - { name: MEMORY, valueFrom: { resourceFieldRef: { resource: limits.memory } } }
                - { name: STORAGE, valueFrom: { resourceFieldRef: { resource: limits.ephemeral-storage, divisor: 1Mi } } }
                - { name: CPU_REQUEST, valueFrom: { resourceFieldRef: { resource: requests.cpu } } }
                - { name: MEMORY_REQUEST, valueFrom: { resourceFieldRef: { resource: requests.memory, divisor: 1Ki } } }
                - { name: MILLI, valueFrom: { resourceFieldRef: { resource: limits.cpu, divisor: 1m } } }
                """;
    }

    @Test
    void variablesAreMadeOfVariablesThatComeBeforeThem() {
        assertThat(logs("composed")).isEqualTo("foo-value;;bar-value $(LATER)");
    }

    @Test
    void referencesInTheCommandAreReplaced() {
        assertThat(logs("command"))
                .as("what is escaped stays, and so does what is unknown")
                .isEqualTo("foo-value $(FOO) $(ABSENT)");
    }

    @Test
    void referencesInTheArgumentsAreReplaced() {
        assertThat(logs("arguments")).isEqualTo("foo-value");
    }

    @Test
    void everyServiceThatThereIsIsInTheVariables() {
        String address = field("service/foo-service", ".spec.clusterIP");
        assertThat(logs("services").split("\n"))
                .contains(
                        "FOO_SERVICE_SERVICE_HOST=" + address,
                        "FOO_SERVICE_SERVICE_PORT=8765",
                        "FOO_SERVICE_SERVICE_PORT_WEB=8765",
                        "FOO_SERVICE_SERVICE_PORT_DNS=53",
                        "FOO_SERVICE_PORT=tcp://" + address + ":8765",
                        "FOO_SERVICE_PORT_8765_TCP=tcp://" + address + ":8765",
                        "FOO_SERVICE_PORT_8765_TCP_PROTO=tcp",
                        "FOO_SERVICE_PORT_8765_TCP_PORT=8765",
                        "FOO_SERVICE_PORT_8765_TCP_ADDR=" + address,
                        "FOO_SERVICE_PORT_53_UDP=udp://" + address + ":53");
    }

    @Test
    void variablesTellThePodsNameNamespaceUidLabelsAddressesAndNode() {
        JsonNode pod = pods.get("fields");
        String podIp = pod.path("status").path("podIP").asString();
        String hostIp = pod.path("status").path("hostIP").asString();
        assertThat(pod.path("status").path("hostIPs").path(0).path("ip").asString())
                .isEqualTo(hostIp);
        assertThat(logs("fields").split("\n"))
                .containsExactly(
                        "fields",
                        kubectl.namespace(),
                        pod.path("metadata").path("uid").asString(),
                        "fields",
                        "of fields",
                        "default",
                        pod.path("spec").path("nodeName").asString(),
                        podIp,
                        podIp,
                        hostIp,
                        hostIp);
    }

    @Test
    void variablesTellTheContainersRequestsAndLimits() {
        assertThat(logs("resources")).isEqualTo("2 67108864 32 1 16384 1250");
    }

    @Test
    void withoutLimitsVariablesTellWhatTheNodeCanAllocate() {
        JsonNode allocatable = get(
                        "node",
                        pods.get("node-resources").path("spec").path("nodeName").asString())
                .path("status")
                .path("allocatable");
        String[] told = logs("node-resources").split(" ");
        assertThat(told[0]).isEqualTo(allocatable.path("cpu").asString());
        assertThat(told[1])
                .isEqualTo(Long.toString(
                        Long.parseLong(allocatable.path("memory").asString().replace("Ki", "")) * 1024));
        assertThat(told[2]).as("nothing is requested").isEqualTo("0");
    }

    @Test
    void variablesComeFromConfigMapsAndSecretsAllOfThemOrOneByOneAndWithPrefixes() {
        assertThat(logs("maps").split("\n"))
                .contains(
                        "ONE=value-1",
                        "TWO=hidden-1",
                        "data_1=value-1",
                        "with.dot=dotted",
                        "p-config-data_1=value-1",
                        "p-config-data_2=value-2",
                        "p_secret_secret_1=hidden-1",
                        "p_secret_secret_2=hidden-2")
                .as("a variable of its own wins")
                .contains("data_2=own")
                .noneMatch(line -> line.startsWith("NO_"));
    }

    @Test
    void aContainerWaitsForTheConfigMapOrKeyThatItsVariablesNeed() {
        Map<String, JsonNode> waiting = awaitPods(
                "waits", pod -> reason(pod).equals("CreateContainerConfigError"), "missing-map", "missing-key");
        assertThat(message(waiting.get("missing-map"))).isEqualTo("configmap \"absent\" not found");
        assertThat(message(waiting.get("missing-key")))
                .isEqualTo("couldn't find key absent in Secret " + kubectl.namespace() + "/keys");
        kubectl.run("create", "configmap", "absent", "--from-literal=a=b");
        awaitPods("runs now", PodTest::isReady, "missing-map");
    }

    @Test
    void variablesComeFromAFileThatAnotherContainerHasWritten() {
        assertThat(kubectl.run("logs", "files", "-c", "reads").strip()).isEqualTo("one");
        assertThat(logs("files").split("\n"))
                .contains("A=one", "B=  two  # $2")
                .noneMatch(line -> line.startsWith("C="));
        JsonNode missing = awaitPods(
                        "waits", pod -> reason(pod).equals("CreateContainerConfigError"), "missing-in-file")
                .get("missing-in-file");
        assertThat(message(missing)).isEqualTo("environment variable key \"THIRD\" not found in file \"a.env\"");
    }

    private static String reason(JsonNode pod) {
        return container(pod).path("state").path("waiting").path("reason").asString("");
    }

    private static String message(JsonNode pod) {
        return container(pod).path("state").path("waiting").path("message").asString("");
    }
}
