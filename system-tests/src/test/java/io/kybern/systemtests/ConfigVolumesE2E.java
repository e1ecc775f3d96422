package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** ConfigMaps, Secrets and a pod's own fields as files, each by itself and projected together; "Volumes" in the documentation. */
class ConfigVolumesE2E extends PodTest {

    private static final int MANY = 50;

    /** Limits of a container that has none. */
    private static final String ALL_OF_THE_NODE =
            "{ path: cpu, resourceFieldRef: { containerName: c, resource: limits.cpu } },"
                    + " { path: memory, resourceFieldRef: { containerName: c, resource: limits.memory } }";

    private Map<String, JsonNode> pods = Map.of();

    @BeforeAll
    void start() {
        Kubectl elsewhere = new Kubectl(kubectl.namespace() + "-b");
        kubectl.run("create", "namespace", elsewhere.namespace());
        elsewhere.run("create", "secret", "generic", "keys", "--from-literal=data-1=elsewhere");
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: settings }
                data: { data-1: value-1, data-2: value-2, data-3: value-3 }
                binaryData: { dump.bin: 3q2+7w== }
                ---
                apiVersion: v1
                kind: Secret
                metadata: { name: keys }
                stringData: { data-1: hidden-1, data-2: hidden-2 }
                """);
        for (String name : new String[] {"update", "delete"}) {
            kubectl.run("create", "configmap", "optional-" + name, "--from-literal=data-1=value-1");
            kubectl.run("create", "secret", "generic", "optional-" + name, "--from-literal=data-1=value-1");
        }
        kubectl.apply(kinds("plain", "", "")
                + kinds("user", "runAsUser: 1000, fsGroup: 1001", ", defaultMode: 0440")
                + changing()
                + many());
        pods = awaitPods("they run", PodTest::isReadyOrHasEnded);
    }

    /** One pod that mounts all kinds, by itself and projected. */
    private static String kinds(String name, String security, String mode) {
        return pod(
                name,
                "volumeMounts: [{ name: c, mountPath: /c }, { name: c, mountPath: /again }, { name: s, mountPath: /s },"
                        + " { name: d, mountPath: /d }, { name: p, mountPath: /p }, { name: items, mountPath: /items },"
                        + " { name: optional, mountPath: /optional }, { name: dm, mountPath: /dm }, { name: pm, mountPath: /pm }]\nresources: { limits: { cpu: 1250m, memory: 64Mi },"
                        + " requests: { cpu: 20m, memory: 32Mi } }\n" + stay(),
                """
                securityContext: { %2$s }
                volumes:
                - { name: c, configMap: { name: settings%1$s } }
                - { name: s, secret: { secretName: keys%1$s } }
                - name: d
                  downwardAPI:
                    items: &fields
                    - { path: podname, fieldRef: { fieldPath: metadata.name } }
                    - { path: labels, fieldRef: { fieldPath: metadata.labels }, mode: 0400 }
                    - { path: annotations, fieldRef: { fieldPath: metadata.annotations } }
                    - { path: cpu-limit, resourceFieldRef: { containerName: c, resource: limits.cpu } }
                    - { path: memory-limit, resourceFieldRef: { containerName: c, resource: limits.memory } }
                    - { path: cpu-request, resourceFieldRef: { containerName: c, resource: requests.cpu, divisor: 1m } }
                    - { path: memory-request, resourceFieldRef: { containerName: c, resource: requests.memory, divisor: 1Mi } }
                - name: p
                  projected:
                    sources:
                    - configMap: { name: settings, items: [{ key: data-1, path: config/one }] }
                    - secret: { name: keys, items: [{ key: data-1, path: secret/one, mode: 0400 }] }
                    - downwardAPI: { items: *fields }
                - { name: items, configMap: { name: settings, items: [{ key: data-2, path: path/to/data-2 }, { key: data-1, path: own, mode: 0400 }] } }
                - { name: optional, configMap: { name: absent, optional: true } }
                - { name: dm, downwardAPI: { defaultMode: 0400, items: [{ path: podname, fieldRef: { fieldPath: metadata.name } }] } }
                - name: pm
                  projected:
                    defaultMode: 0400
                    sources:
                    - configMap: { name: settings, items: [{ key: data-1, path: config }] }
                    - secret: { name: keys, items: [{ key: data-1, path: secret }] }
                    - downwardAPI: { items: [{ path: podname, fieldRef: { fieldPath: metadata.name } }] }
                """.formatted(mode, security));
    }

    /** One pod whose sources come, change and go. */
    private static String changing() {
        StringBuilder volumes = new StringBuilder("volumes:\n");
        StringBuilder mounts = new StringBuilder("volumeMounts:\n");
        for (String each : new String[] {"update", "delete", "create"}) {
            volumes.append("""
                    - { name: c-%1$s, configMap: { name: optional-%1$s, optional: true } }
                    - { name: s-%1$s, secret: { secretName: optional-%1$s, optional: true } }
                    - { name: p-%1$s, projected: { sources: [{ configMap: { name: optional-%1$s, optional: true } }] } }
                    - { name: q-%1$s, projected: { sources: [{ secret: { name: optional-%1$s, optional: true } }] } }
                    """.formatted(each));
            for (char kind : "cspq".toCharArray()) {
                mounts.append("- { name: %2$s-%1$s, mountPath: /%2$s-%1$s }\n".formatted(each, kind));
            }
        }
        volumes.append(
                "- { name: about, downwardAPI: { items: [{ path: labels, fieldRef: { fieldPath: metadata.labels } },"
                        + " { path: annotations, fieldRef: { fieldPath: metadata.annotations } }, "
                        + ALL_OF_THE_NODE + "] } }\n");
        volumes.append(
                "- { name: both, projected: { sources: [{ downwardAPI: { items: [" + ALL_OF_THE_NODE + "] } }] } }\n");
        mounts.append("- { name: about, mountPath: /about }\n- { name: both, mountPath: /both }\n");
        return pod("changing", mounts + stay(), volumes.toString());
    }

    /** Pods with many volumes each. */
    private static String many() {
        StringBuilder out = new StringBuilder();
        StringBuilder volumes = new StringBuilder("volumes:\n");
        StringBuilder mounts = new StringBuilder("volumeMounts:\n");
        for (int i = 0; i < MANY; i++) {
            out.append(
                    "---\n{ apiVersion: v1, kind: ConfigMap, metadata: { name: many-%1$d }, data: { data-1: value-%1$d } }\n"
                            .formatted(i));
            volumes.append("- { name: v%1$d, configMap: { name: many-%1$d, items: [{ key: data-1, path: data-1 }] } }\n"
                    .formatted(i));
            mounts.append("- { name: v%1$d, mountPath: /many/%1$d }\n".formatted(i));
        }
        for (int i = 0; i < 5; i++) {
            out.append(pod("many-" + i, script("cat /many/*/data-1 | wc -c") + mounts, volumes.toString()));
        }
        return out.toString();
    }

    @Test
    void filesHoldWhatTheKeysHoldAndAreReadableByAll() {
        assertThat(exec("plain", "cat /c/data-1 /c/data-2 /s/data-1 /again/data-3"))
                .isEqualTo("value-1value-2hidden-1value-3");
        assertThat(exec("plain", "stat -Lc %a /c/data-1 /s/data-1 /d/podname /p/podname /p/config/one"))
                .isEqualTo("644\n644\n644\n644\n644");
        assertThat(exec("plain", "ls /c; ls /optional")).isEqualTo("data-1\ndata-2\ndata-3\ndump.bin");
        assertThat(exec("plain", "readlink /c/data-1; readlink /c/..data"))
                .as("one swap changes all")
                .startsWith("..data/data-1\n..");
    }

    @Test
    void binaryDataStaysAsItIs() {
        assertThat(exec("plain", "od -An -tx1 /c/dump.bin").strip()).isEqualTo("de ad be ef");
    }

    @Test
    void keysGoToPathsWithModesOfTheirOwn() {
        assertThat(
                        exec(
                                "plain",
                                "ls /items; cat /items/path/to/data-2; stat -Lc %a /items/own /items/path/to/data-2 /p/secret/one /d/labels"))
                .isEqualTo("own\npath\nvalue-2400\n644\n400\n400");
    }

    @Test
    void theFilesOfAVolumeHaveItsMode() {
        assertThat(exec("plain", "stat -Lc %a /dm/podname /pm/config /pm/secret /pm/podname"))
                .isEqualTo("400\n400\n400\n400");
    }

    @Test
    void withoutLimitsFilesTellWhatTheNodeCanAllocate() {
        JsonNode allocatable = get(
                        "node",
                        pods.get("changing").path("spec").path("nodeName").asString())
                .path("status")
                .path("allocatable");
        String memory = allocatable.path("memory").asString();
        assertThat(exec("changing", "for f in /about /both; do cat $f/cpu; echo; cat $f/memory; echo; done"))
                .isEqualTo("%1$s\n%2$d\n%1$s\n%2$d"
                        .formatted(
                                allocatable.path("cpu").asString(), Long.parseLong(memory.replace("Ki", "")) * 1024));
    }

    @Test
    void otherUsersReadThroughTheGroupOfThePod() {
        assertThat(
                        exec(
                                "user",
                                "id -u; stat -Lc '%a %g' /c/data-1 /s/data-1 /p/config/one; cat /c/data-1 /s/data-1 /d/podname"))
                .isEqualTo("1000\n440 1001\n440 1001\n644 1001\nvalue-1hidden-1user");
    }

    @Test
    void aSecretOfThatNameInAnotherNamespaceIsNotSeen() {
        assertThat(exec("plain", "cat /s/data-1 /p/secret/one")).isEqualTo("hidden-1hidden-1");
        kubectl.run("delete", "namespace", kubectl.namespace() + "-b", "--wait=false");
    }

    @Test
    void filesTellThePodsNameLabelsAnnotationsRequestsAndLimits() {
        for (String directory : new String[] {"/d", "/p"}) {
            assertThat(exec(
                            "plain",
                            "cd " + directory
                                    + "; for f in podname labels annotations cpu-limit memory-limit cpu-request"
                                    + " memory-request; do cat $f; echo; done"))
                    .startsWith("plain\napp=\"plain\"\n")
                    .contains("note=\"of plain\"\n")
                    .endsWith("2\n67108864\n20\n32");
        }
    }

    @Test
    void mountsFollowWhatIsChangedMadeAndDeleted() {
        for (String kind : new String[] {"configmap", "secret"}) {
            String patch = kind.equals("secret")
                    ? "{\"stringData\":{\"data-3\":\"value-3\"},\"data\":{\"data-1\":null}}"
                    : "{\"data\":{\"data-1\":null,\"data-3\":\"value-3\"}}";
            kubectl.run("patch", kind, "optional-update", "--type=merge", "-p", patch);
            kubectl.run("delete", kind, "optional-delete");
        }
        kubectl.run("create", "configmap", "optional-create", "--from-literal=data-1=value-1");
        kubectl.run("create", "secret", "generic", "optional-create", "--from-literal=data-1=value-1");
        kubectl.run("label", "pod", "changing", "key3=value3");
        kubectl.run("annotate", "pod", "changing", "builder=foo");
        StringBuilder look =
                new StringBuilder("cd /about; grep -c key3=.value3 labels; grep -c builder=.foo annotations;");
        StringBuilder expected = new StringBuilder("1\n1");
        for (char each : "cspq".toCharArray()) {
            look.append(
                    "ls /%1$c-update /%1$c-delete; cat /%1$c-update/data-3 /%1$c-create/data-1; echo;".formatted(each));
            expected.append("\n/%1$c-delete:\n\n/%1$c-update:\ndata-3\nvalue-3value-1".formatted(each));
        }
        eventually("the files follow").atMost(java.time.Duration.ofSeconds(180)).untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "exec", "changing", "--", "sh", "-c", look.toString())
                                .output()
                                .strip())
                .isEqualTo(expected.toString()));
    }

    @Test
    void fiftyVolumesInFivePodsAtOnceAreAllThere() {
        int bytes = 0;
        for (int i = 0; i < MANY; i++) {
            bytes += ("value-" + i).length();
        }
        String[] names = {"many-0", "many-1", "many-2", "many-3", "many-4"};
        Map<String, JsonNode> ended = awaitPods("has ended", PodTest::hasEnded, names);
        for (String name : names) {
            assertThat(phase(ended.get(name)) + " " + logs(name)).isEqualTo("Succeeded " + bytes);
        }
    }

    @Test
    void whatIsImmutableCannotBeChanged() {
        kubectl.run("create", "configmap", "fixed", "--from-literal=a=b");
        kubectl.run("create", "secret", "generic", "fixed", "--from-literal=a=b");
        for (String kind : new String[] {"configmap", "secret"}) {
            kubectl.run("patch", kind, "fixed", "-p", "{\"immutable\":true}");
            assertThat(kubectl.refused("patch", kind, "fixed", "--type=merge", "-p", "{\"data\":{\"a\":\"eHg=\"}}"))
                    .contains("data: Forbidden: field is immutable when `immutable` is set");
            assertThat(kubectl.refused("patch", kind, "fixed", "-p", "{\"immutable\":false}"))
                    .contains("immutable: Forbidden: field is immutable when `immutable` is set");
            kubectl.run("label", kind, "fixed", "still=changes");
            kubectl.run("delete", kind, "fixed");
        }
    }
}
