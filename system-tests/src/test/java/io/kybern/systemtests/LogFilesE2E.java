package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Logs as files of the node, where collectors look for them; see "Logging Architecture" in the documentation. */
class LogFilesE2E extends PodTest {

    @Test
    void aCollectorFindsTheLogsOfContainersForAsLongAsThereAreContainers() {
        kubectl.apply(pod("writer", script("echo hello; exec sleep 1000"), ""));
        awaitPods("runs", PodTest::isReady, "writer");
        String node = field("pod/writer", ".spec.nodeName");
        String link = "containers/writer_" + kubectl.namespace() + "_c-"
                + field("pod/writer", ".status.containerStatuses[0].containerID")
                        .replace("docker://", "") + ".log";
        kubectl.apply(pod("collector", stay() + """
                        volumeMounts:
                        - { name: logs, mountPath: /var/log, readOnly: true }
                        - { name: files, mountPath: /var/lib/docker/containers, readOnly: true }
                        """, """
                nodeName: %s
                volumes:
                - { name: logs, hostPath: { path: /var/log } }
                - { name: files, hostPath: { path: /var/lib/docker/containers } }
                """.formatted(node)));
        awaitPods("runs", PodTest::isReady, "collector");

        String line = "\"log\":\"hello\\n\"";
        eventually("both files are there").untilAsserted(() -> {
            assertThat(exec("collector", "cat /var/log/" + link)).contains(line);
            assertThat(exec("collector", "cat /var/log/pods/" + kubectl.namespace() + "_writer_*/c/0.log"))
                    .contains(line);
        });
        assertThat(kubectl.run("get", "--raw", "/api/v1/nodes/" + node + "/proxy/logs/" + link))
                .contains(line);

        kubectl.run("delete", "pod", "writer");
        eventually("they are gone").untilAsserted(() -> assertThat(
                        exec("collector", "ls /var/log/containers /var/log/pods; find /var/log/pods"))
                .contains("collector")
                .doesNotContain("writer_" + kubectl.namespace(), kubectl.namespace() + "_writer"));
    }
}
