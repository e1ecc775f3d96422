package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What volumes are to containers, beyond what is in them; "Volumes" in the documentation. */
class VolumeDetailsE2E extends PodTest {

    private static final String[] CONTAINERS = {"both", "from", "none"};

    @BeforeAll
    void start() {
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: settings }
                data: { color: blue }
                """);
        kubectl.apply(pod("user", """
                        resources: { limits: { memory: 32Mi } }
                        volumeMounts:
                        - { name: empty, mountPath: /part, subPath: a/b }
                        - { name: memory, mountPath: /memory }
                        - { name: token, mountPath: /token }
                        - { name: settings, mountPath: /settings }
                        - { name: empty, mountPath: /settings/in/side }
                        """ + stay(), """
                        securityContext: { runAsUser: 1000, runAsGroup: 3000 }
                        volumes:
                        - { name: empty, emptyDir: {} }
                        - { name: memory, emptyDir: { medium: Memory } }
                        - { name: settings, configMap: { name: settings } }
                        - { name: token, projected: { sources: [{ serviceAccountToken: { path: token } }] } }
                        """)
                + pod("group", "volumeMounts: [{ name: token, mountPath: /token }]\n" + stay(), """
                        securityContext: { runAsUser: 1000, fsGroup: 3000 }
                        volumes: [{ name: token, projected: { sources: [{ serviceAccountToken: { path: token } }] } }]
                        """)
                + pod("missing", "volumeMounts: [{ name: map, mountPath: /map }]\n" + stay(), """
                        volumes:
                        - { name: map, configMap: { name: nothing } }
                        - { name: secret, secret: { secretName: nothing } }
                        - { name: key, configMap: { name: settings, items: [{ key: size, path: size }] } }
                        - { name: all, projected: { sources: [{ secret: { name: nothing } }] } }
                        - { name: machine, hostPath: { path: /etc, type: File } }
                        - { name: huge, emptyDir: { medium: HugePages } }
                        - { name: data, persistentVolumeClaim: { claimName: nothing } }
                        """)
                        .replace("restartPolicy: Never", "nodeName: " + aNode() + "\n  restartPolicy: Never")
                + propagating());
        awaitPods("they run", PodTest::isReady, "user", "group", "propagating");
    }

    /** The scheduler keeps a pod whose claim is not there; a node is asked without it. */
    private String aNode() {
        return get("nodes").path("items").path(0).path("metadata").path("name").asString();
    }

    private static String propagating() {
        StringBuilder out = new StringBuilder("""
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: propagating }
                spec:
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  volumes: [{ name: v, emptyDir: {} }]
                  containers:
                """);
        Map<String, String> modes = Map.of("both", "Bidirectional", "from", "HostToContainer", "none", "None");
        for (String name : CONTAINERS) {
            out.append("""
                      - name: %1$s
                        image: %2$s
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "mkdir -p /v/%1$s; exec sleep 3600"]
                        securityContext: { privileged: true }
                        volumeMounts: [{ name: v, mountPath: /v, mountPropagation: %3$s }]
                    """.formatted(name, IMAGE, modes.get(name)).indent(2));
        }
        return out.toString();
    }

    @Test
    void whatIsMountedInAVolumeIsPassedOnAsEachContainerAsks() {
        String mount =
                "until [ -d /v/%1$s ]; do sleep 0.1; done; mount -t tmpfs %1$s /v/%1$s && echo %1$s > /v/%1$s/file";
        try {
            for (String name : CONTAINERS) {
                in(name, mount.formatted(name));
            }
            assertThat(seenBy("both")).containsExactly("both");
            assertThat(seenBy("from")).containsExactly("both", "from");
            assertThat(seenBy("none")).containsExactly("none");
        } finally {
            for (String name : CONTAINERS) {
                kubectl.call("", Map.of(), "exec", "propagating", "-c", name, "--", "umount", "/v/" + name);
            }
        }
    }

    private String in(String container, String script) {
        return kubectl.run("exec", "propagating", "-c", container, "--", "sh", "-c", script);
    }

    private Set<String> seenBy(String container) {
        return new TreeSet<>(
                in(container, "cat /v/*/file 2>/dev/null; true").lines().toList());
    }

    @Test
    void aPartThatIsMadeIsAsOpenAsItsVolume() {
        assertThat(exec("user", "touch /part/file && stat -c %a /part")).isEqualTo("777");
    }

    @Test
    void whatTheNodeWritesIsReadAndNotWrittenButOthersMayBeMountedInIt() {
        assertThat(
                        exec(
                                "user",
                                "touch /settings/new 2>/dev/null || echo refused; touch /settings/in/side/new; cat /settings/color"))
                .isEqualTo("refused\nblue");
    }

    @Test
    void aTokenIsReadableByTheUserOrTheGroupOfThePodAlone() {
        assertThat(exec("user", "stat -c '%a %u' /token/..data/token")).isEqualTo("600 1000");
        assertThat(exec("group", "stat -c '%a %g' /token/..data/token; head -c 2 /token/token"))
                .isEqualTo("640 3000\ney");
    }

    @Test
    void whatIsInMemoryIsBoundedByThePodsMemory() {
        assertThat(exec("user", "df -k /memory /token | awk 'NR > 1 { print $2 }'"))
                .isEqualTo("32768\n32768");
    }

    @Test
    void everyVolumeThatCannotBeSetUpIsToldOf() {
        String setUp = "MountVolume.SetUp failed for volume ";
        eventually("all of them are told of").untilAsserted(() -> {
            Set<String> told = new TreeSet<>();
            for (JsonNode event : get("events", "--field-selector", "involvedObject.name=missing,reason=FailedMount")
                    .path("items")) {
                told.add(event.path("message").asString());
            }
            assertThat(told)
                    .contains(
                            setUp + "\"map\" : configmap \"nothing\" not found",
                            setUp + "\"secret\" : secret \"nothing\" not found",
                            setUp + "\"key\" : configmap references non-existent config key: size",
                            setUp + "\"all\" : secret \"nothing\" not found",
                            setUp + "\"machine\" : hostPath type check failed: /etc is not a file",
                            setUp + "\"huge\" : medium HugePages: hugePages storage requested, but there is no resource"
                                    + " request for huge pages",
                            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to"
                                    + " process volumes=[data]: error processing PVC " + kubectl.namespace()
                                    + "/nothing: failed to fetch PVC from API server: persistentvolumeclaims \"nothing\""
                                    + " not found");
        });
    }
}
