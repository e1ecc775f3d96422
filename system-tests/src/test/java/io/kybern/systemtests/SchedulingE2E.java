package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Where pods may run, by what they say themselves; see "Assigning Pods to Nodes" in the Kubernetes documentation. */
class SchedulingE2E extends PodTest {

    private static final String NODE = "node-1";
    private static final String THERE = "nodeSelector: { kubernetes.io/hostname: " + NODE + " }\n";
    private static final String WEB =
            script("mkdir /w; hostname > /w/index.html; httpd -f -p 8080 -h /w & trap \"exit 0\" TERM; wait");
    private static final int PORT = 54323;

    private String address;

    @BeforeAll
    void startPods() {
        address = field("node/" + NODE, ".status.addresses[?(@.type=='InternalIP')].address");
        kubectl.apply(pod("chosen", stay(), THERE)
                + pod("nowhere", stay(), "nodeSelector: { e2e.example.com/label: nonempty }")
                + pod("by-field", stay(), byField("metadata.name", NODE))
                + pod("by-no-field", stay(), byField("metadata.name", "no-such-node"))
                + pod("hungry", "resources: { requests: { cpu: 4k } }\n" + stay(), "")
                + pod("local", port("TCP", "127.0.0.1") + WEB, THERE)
                + pod("outside", port("TCP", address) + WEB, THERE)
                + pod("datagrams", port("UDP", address) + stay(), THERE)
                + pod("eye", stay(), THERE + "hostNetwork: true"));
    }

    private static String byField(String field, String value) {
        return """
                affinity:
                  nodeAffinity:
                    requiredDuringSchedulingIgnoredDuringExecution:
                      nodeSelectorTerms: [{ matchFields: [{ key: %s, operator: In, values: [%s] }] }]
                """.formatted(field, value);
    }

    private static String port(String protocol, String ip) {
        return "ports: [{ containerPort: 8080, hostPort: %d, protocol: %s, hostIP: %s }]\n"
                .formatted(PORT, protocol, ip);
    }

    private void staysWithout(String pod, String why) {
        eventually(pod + " finds no node").untilAsserted(() -> {
            JsonNode condition = condition(get("pod", pod), "PodScheduled");
            assertThat(condition.path("status").asString("")).isEqualTo("False");
            assertThat(condition.path("reason").asString("")).isEqualTo("Unschedulable");
            assertThat(condition.path("message").asString("")).contains(why);
        });
    }

    @Test
    void labelsThatANodeMustHaveDecide() {
        JsonNode chosen = awaitPods("runs", PodTest::isReady, "chosen").get("chosen");
        assertThat(chosen.path("spec").path("nodeName").asString()).isEqualTo(NODE);
        staysWithout("nowhere", "didn't match Pod's node affinity/selector");
    }

    @Test
    void aNodeIsChosenByItsNameAsAField() {
        JsonNode pod = awaitPods("runs", PodTest::isReady, "by-field").get("by-field");
        assertThat(pod.path("spec").path("nodeName").asString()).isEqualTo(NODE);
        staysWithout("by-no-field", "didn't satisfy plugin(s) [NodeAffinity]");
    }

    @Test
    void whatNoNodeHasIsWaitedFor() {
        staysWithout("hungry", "Insufficient cpu");
    }

    @Test
    void onePortOfANodeIsSharedByAddressAndProtocolButNotWithWhoTakesAllAddresses() {
        Map<String, JsonNode> pods = awaitPods("run", PodTest::isReady, "local", "outside", "datagrams", "eye");
        assertThat(pods.get("datagrams").path("spec").path("nodeName").asString())
                .isEqualTo(NODE);
        eventually("the ports are open").untilAsserted(() -> {
            assertThat(exec("eye", "wget -qO- -T 5 http://127.0.0.1:" + PORT)).isEqualTo("local");
            assertThat(exec("eye", "wget -qO- -T 5 http://" + address + ":" + PORT))
                    .isEqualTo("outside");
        });
        kubectl.apply(pod("everywhere", port("TCP", "0.0.0.0") + stay(), THERE));
        staysWithout("everywhere", "didn't have free ports for the requested pod ports");
    }
}
