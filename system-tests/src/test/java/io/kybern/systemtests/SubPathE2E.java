package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A part of a volume, mounted by itself; "Using subPath" in the documentation. */
class SubPathE2E extends PodTest {

    private static final String VOLUMES = "volumes: [{ name: v, emptyDir: {} }]";

    private Map<String, JsonNode> pods = Map.of();

    @BeforeAll
    void start() {
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: settings }
                data: { color: blue, passwd: "replaced" }
                ---
                apiVersion: v1
                kind: Secret
                metadata: { name: keys }
                stringData: { password: hidden }
                """);
        String name =
                "env: [{ name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }, { name: ANNOTATION, valueFrom:"
                        + " { fieldRef: { fieldPath: \"metadata.annotations['mysubpath']\" } } }]\n";
        kubectl.apply(pod(
                        "expanded",
                        name
                                + mounts(
                                        "{ name: v, mountPath: /logs, subPathExpr: $(POD_NAME) }, { name: v, mountPath: /all }")
                                + stay(),
                        VOLUMES)
                + pod(
                        "dots",
                        "env: [{ name: A, value: '..' }]\n" + mounts("{ name: v, mountPath: /logs, subPathExpr: $(A) }")
                                + stay(),
                        VOLUMES)
                + pod(
                        "absolute",
                        "env: [{ name: A, value: /tmp }]\n" + mounts("{ name: v, mountPath: /logs, subPathExpr: $(A) }")
                                + stay(),
                        VOLUMES)
                + pod("unset", mounts("{ name: v, mountPath: /logs, subPathExpr: $(A) }") + stay(), VOLUMES)
                + pod(
                        "recovering",
                        name
                                + mounts(
                                        "{ name: v, mountPath: /sub, subPathExpr: $(ANNOTATION)/$(POD_NAME) }, { name: v, mountPath: /all }")
                                + stay(),
                        VOLUMES)
                + pod(
                                "annotated",
                                name
                                        + mounts(
                                                "{ name: v, mountPath: /sub, subPathExpr: $(ANNOTATION)/$(POD_NAME) }, { name: v, mountPath: /all }")
                                        + stay(),
                                VOLUMES)
                        .replace("note:", "mysubpath: mypath, note:")
                + pod("parts", mounts("""
                        { name: settings, mountPath: /one/color, subPath: color },
                        { name: settings, mountPath: /etc/passwd, subPath: passwd },
                        { name: keys, mountPath: /one/password, subPath: password },
                        { name: about, mountPath: /one/name, subPath: below/name },
                        { name: all, mountPath: /one/projected, subPath: color },
                        { name: v, mountPath: /one/file, subPath: new/directory },
                        { name: v, mountPath: /v }""") + stay(), """
                        volumes:
                        - { name: v, emptyDir: {} }
                        - { name: settings, configMap: { name: settings } }
                        - { name: keys, secret: { secretName: keys } }
                        - { name: about, downwardAPI: { items: [{ path: below/name, fieldRef: { fieldPath: metadata.name } }] } }
                        - { name: all, projected: { sources: [{ configMap: { name: settings } }] } }
                        """)
                + pod(
                                "restarted",
                                mounts(
                                                "{ name: settings, mountPath: /color, subPath: color }, { name: v, mountPath: /v, subPath: a/b }")
                                        + script(
                                                "cat /color; echo; [ -e /v/seen ] && exec sleep 1000; touch /v/seen; exit 1"),
                                """
                        volumes:
                        - { name: v, emptyDir: {} }
                        - { name: settings, configMap: { name: settings } }
                        """)
                        .replace("restartPolicy: Never", "restartPolicy: Always"));
        pods = awaitPods("they run", PodTest::isReady, "expanded", "annotated", "parts");
    }

    private static String mounts(String mounts) {
        return "volumeMounts: [" + mounts.replace("\n", " ") + "]\n";
    }

    @Test
    void aPathIsMadeOfVariables() {
        assertThat(exec("expanded", "touch /logs/file; cd /all; find . -type f"))
                .isEqualTo("./expanded/file");
    }

    @Test
    void aPathThatLeadsOutOfItsVolumeIsRefused() {
        Map<String, String> words = Map.of(
                "dots", "unable to provision SubPath `..`: must not contain '..'",
                "absolute", "error SubPath `/tmp` must not be an absolute path",
                "unset", "missing value for \"A\"");
        for (String pod : words.keySet()) {
            JsonNode waiting = container(awaitPods(
                                    "is refused",
                                    each -> !reason(each).isEmpty()
                                            && !reason(each).equals("ContainerCreating"),
                                    pod)
                            .get(pod))
                    .path("state")
                    .path("waiting");
            assertThat(waiting.path("reason").asString()).as(pod).isEqualTo("CreateContainerConfigError");
            assertThat(waiting.path("message").asString()).as(pod).isEqualTo(words.get(pod));
        }
    }

    private static String reason(JsonNode pod) {
        return container(pod).path("state").path("waiting").path("reason").asString("");
    }

    @Test
    void aPathThatCannotBeMadeRecoversWhenItsAnnotationIsThere() {
        awaitPods("waits", each -> reason(each).equals("CreateContainerConfigError"), "recovering");
        kubectl.run("annotate", "pod", "recovering", "mysubpath=mypath");
        awaitPods("runs", PodTest::isReady, "recovering");
        assertThat(exec("recovering", "touch /all/mypath/recovering/log; ls /sub"))
                .isEqualTo("log");
    }

    @Test
    void whatIsWrittenToAPathIsInTheVolumeAndStaysWhenTheAnnotationChanges() {
        assertThat(exec("annotated", "touch /all/mypath/annotated/test.log; ls /sub"))
                .isEqualTo("test.log");
        kubectl.run("annotate", "--overwrite", "pod", "annotated", "mysubpath=mynewpath");
        assertThat(exec("annotated", "ls /sub; ls /all")).isEqualTo("test.log\nmypath");
        kubectl.run("delete", "pod", "annotated");
        assertThat(container(pods.get("annotated")).path("restartCount").asInt())
                .isZero();
    }

    @Test
    void filesOfConfigMapsSecretsAndFieldsAreMountedByThemselvesEvenOverAFileOfTheImage() {
        assertThat(exec("parts", "cat /one/color /etc/passwd /one/password /one/name /one/projected"))
                .isEqualTo("bluereplacedhiddenpartsblue");
        assertThat(exec("parts", "ls /one")).isEqualTo("color\nfile\nname\npassword\nprojected");
    }

    @Test
    void aDirectoryThatIsNotThereIsMade() {
        assertThat(exec("parts", "touch /one/file/x; ls /v/new/directory")).isEqualTo("x");
    }

    @Test
    void aContainerThatIsStartedAgainSeesThePartAgain() {
        awaitPods(
                "runs again",
                pod -> isReady(pod) && container(pod).path("restartCount").asInt() == 1,
                "restarted");
        eventually("it has read the part")
                .untilAsserted(() -> assertThat(logs("restarted")).isEqualTo("blue"));
        assertThat(exec("restarted", "cat /color; ls /v")).isEqualTo("blueseen");
    }
}
