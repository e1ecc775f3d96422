package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** As whom a container runs, what it may do, and where it may write; "Configure a Security Context for a Pod or Container". */
class SecurityContextE2E extends PodTest {

    private Map<String, JsonNode> pods = Map.of();

    @BeforeAll
    void start() {
        String status = "grep -E '^(NoNewPrivs|CapEff|Seccomp):' /proc/self/status";
        String mounts =
                "volumeMounts: [{ name: disk, mountPath: /disk }, { name: memory, mountPath: /memory }, { name: small, mountPath: /small }]\n";
        String volumes = "volumes: [{ name: disk, emptyDir: {} }, { name: memory, emptyDir: { medium: Memory } },"
                + " { name: small, emptyDir: { medium: Memory, sizeLimit: 1Mi } }]\n";
        String modes =
                "for d in /disk /memory; do stat -c \"%a %u %g\" $d; for m in 0644 0666 0777; do echo content > $d/$m; chmod $m $d/$m;"
                        + " stat -c \"%a %u\" $d/$m; cat $d/$m; done; done; ";
        kubectl.apply(pod("user", script("id -u") + "securityContext: { runAsUser: 65534 }\n", "")
                + pod("root", script("id -u") + "securityContext: { runAsUser: 0 }\n", "")
                + pod(
                        "pod-group",
                        script("id -u; id -g; id -G"),
                        "securityContext: { runAsUser: 1001, runAsGroup: 2002, supplementalGroups: [3003] }")
                + pod(
                        "container-group",
                        script("id -u; id -g") + "securityContext: { runAsUser: 1001, runAsGroup: 2002 }\n",
                        "securityContext: { runAsUser: 5, runAsGroup: 6 }")
                + pod("read-only", script("touch /file") + "securityContext: { readOnlyRootFilesystem: true }\n", "")
                + pod("writable", script("touch /file") + "securityContext: { readOnlyRootFilesystem: false }\n", "")
                + pod(
                        "unprivileged",
                        script("ip link add dummy0 type dummy || true") + "securityContext: { privileged: false }\n",
                        "")
                + pod(
                        "no-more",
                        script(status) + "securityContext: { allowPrivilegeEscalation: false, runAsUser: 1000 }\n",
                        "")
                + pod(
                        "no-rights",
                        script(status)
                                + "securityContext: { capabilities: { drop: [ALL] }, seccompProfile: { type: RuntimeDefault } }\n",
                        "")
                + pod(
                        "one-right",
                        script(status)
                                + "securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }\n",
                        "")
                + pod("node-processes", script("ps -o args | grep -c \"[d]ockerd\""), "hostPID: true")
                + pod("own-ipc", script("readlink /proc/self/ns/ipc"), "nodeName: node-1")
                + pod("node-ipc", script("readlink /proc/self/ns/ipc"), "nodeName: node-1\nhostIPC: true")
                + pod("node-ipc-too", script("readlink /proc/self/ns/ipc"), "nodeName: node-1\nhostIPC: true")
                + pod("must-not-be-root", stay(), "securityContext: { runAsNonRoot: true }")
                + pod("shared", script("ps -o args | grep -c ^/pause"), "shareProcessNamespace: true")
                + pod(
                        "directories",
                        script(
                                        modes
                                                + "df /memory | tail -1 | cut -d\" \" -f1; df -k /small | tail -1 | tr -s \" \" | cut -d\" \" -f2")
                                + mounts,
                        volumes)
                + pod(
                        "directories-user",
                        script(modes) + mounts,
                        volumes + "securityContext: { runAsUser: 1001, fsGroup: 123 }")
                + pod("aliases", script("cat /etc/hosts"), "hostAliases: [{ ip: 123.45.67.89, hostnames: [foo, bar] }]")
                + pod("node-hosts", script("cat /etc/hosts"), "hostNetwork: true")
                + pod(
                        "own-hosts",
                        script("cat /etc/hosts") + "volumeMounts: [{ name: hosts, mountPath: /etc/hosts }]\n",
                        "volumes: [{ name: hosts, hostPath: { path: /etc/hosts, type: File } }]"));
        pods = awaitPods(
                "they have ended",
                pod -> hasEnded(pod)
                        || pod.path("metadata").path("name").asString().equals("must-not-be-root"));
    }

    @Test
    void aContainerRunsAsTheUserItAsksFor() {
        assertThat(logs("user")).isEqualTo("65534");
        assertThat(logs("root")).isEqualTo("0");
    }

    @Test
    void aContainerRunsInTheGroupsItAsksFor() {
        assertThat(logs("pod-group").split("\n")).containsExactly("1001", "2002", "2002 3003");
        assertThat(logs("container-group")).isEqualTo("1001\n2002");
    }

    @Test
    void theRootFileSystemIsWritableOnlyIfItMayBe() {
        assertThat(phase(pods.get("read-only"))).isEqualTo("Failed");
        assertThat(logs("read-only")).contains("Read-only file system");
        assertThat(phase(pods.get("writable"))).isEqualTo("Succeeded");
    }

    @Test
    void withoutPrivilegesNoLinkIsAdded() {
        assertThat(logs("unprivileged")).contains("Operation not permitted");
    }

    @Test
    void aContainerThatMustNotGainPrivilegesCannot() {
        assertThat(logs("no-more").replace("\t", "")).contains("NoNewPrivs:1");
    }

    @Test
    void capabilitiesAreTakenAndGiven() {
        assertThat(logs("no-rights").replace("\t", "")).contains("CapEff:0000000000000000", "Seccomp:2");
        assertThat(logs("one-right").replace("\t", "")).contains("CapEff:0000000000000400");
    }

    @Test
    void aContainerThatMustNotRunAsRootDoesNot() {
        JsonNode waiting = container(awaitPods(
                                "waits",
                                pod -> container(pod)
                                        .path("state")
                                        .path("waiting")
                                        .path("reason")
                                        .asString("")
                                        .equals("CreateContainerConfigError"),
                                "must-not-be-root")
                        .get("must-not-be-root"))
                .path("state")
                .path("waiting");
        assertThat(waiting.path("message").asString())
                .startsWith("container has runAsNonRoot and image will run as root");
    }

    @Test
    void aPodMayShareTheNodesProcessesAndItsShares() {
        assertThat(Integer.parseInt(logs("node-processes")))
                .as("engines of the node")
                .isPositive();
        assertThat(logs("node-ipc")).startsWith("ipc:[").isEqualTo(logs("node-ipc-too"));
        assertThat(logs("own-ipc")).startsWith("ipc:[").isNotEqualTo(logs("node-ipc"));
    }

    @Test
    void thePodsContainersMayShareTheirProcesses() {
        assertThat(logs("shared")).isEqualTo("1");
    }

    @Test
    void emptyDirectoriesAreForEveryUserOnDiskAndInMemory() {
        String files = "644 0\ncontent\n666 0\ncontent\n777 0\ncontent\n";
        assertThat(logs("directories")).isEqualTo("777 0 0\n" + files + "777 0 0\n" + files + "tmpfs\n1024");
        String own = files.replace(" 0", " 1001").strip();
        assertThat(logs("directories-user"))
                .as("with the group of the pod, and new files belong to it")
                .isEqualTo("2777 0 123\n" + own + "\n2777 0 123\n" + own);
    }

    @Test
    void theHostsFileIsManagedAndHasTheAliases() {
        assertThat(logs("aliases"))
                .startsWith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost")
                .contains(
                        "\n" + pods.get("aliases").path("status").path("podIP").asString() + "\taliases\n",
                        "# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar");
    }

    @Test
    void theHostsFileOfTheNodeOrOfThePodIsLeftAlone() {
        assertThat(logs("node-hosts"))
                .doesNotContain("# Kubernetes-managed hosts file.\n")
                .contains("localhost");
        assertThat(logs("own-hosts"))
                .doesNotContain("# Kubernetes-managed hosts file")
                .contains("localhost");
    }
}
