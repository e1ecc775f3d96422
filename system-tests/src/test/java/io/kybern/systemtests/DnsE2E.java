package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Names of Services and pods, and how pods look them up; "DNS for Services and Pods" in the documentation. */
class DnsE2E extends PodTest {

    private Map<String, JsonNode> pods = Map.of();
    private String domain = "";

    @BeforeAll
    void start() {
        domain = kubectl.namespace() + ".svc.cluster.local";
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: plain }
                spec: { selector: { app: host-1 }, ports: [{ name: http, port: 80 }, { name: talk, port: 5060, protocol: UDP }] }
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: sub }
                spec: { clusterIP: None, selector: { app: host-1 }, ports: [{ name: http, port: 80 }] }
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: changing }
                spec: { type: ExternalName, externalName: foo.example.com }
                """
                + pod("host-1", stay(), "hostname: one\nsubdomain: sub")
                + pod("fqdn", stay(), "hostname: two\nsubdomain: sub\nsetHostnameAsFQDN: true")
                + pod("renamed", stay(), "hostname: two\nsubdomain: sub\nhostnameOverride: override.example.host")
                + pod("l" + "o".repeat(60) + "ng", stay(), "subdomain: sub\nsetHostnameAsFQDN: true")
                + pod(
                        "none",
                        stay(),
                        "dnsPolicy: None\ndnsConfig: { nameservers: [1.1.1.1], searches: [resolv.conf.local],"
                                + " options: [{ name: ndots, value: '3' }, { name: rotate }] }")
                + pod(
                        "merged",
                        stay(),
                        "dnsConfig: { searches: [more.example.com], options: [{ name: ndots, value: '2' }] }")
                + pod("default", stay(), "dnsPolicy: Default")
                + pod("host-network", stay(), "hostNetwork: true")
                + pod("host-cluster", stay(), "hostNetwork: true\ndnsPolicy: ClusterFirstWithHostNet"));
        pods = awaitPods(
                "they run",
                PodTest::isReady,
                "host-1",
                "fqdn",
                "renamed",
                "none",
                "merged",
                "default",
                "host-network",
                "host-cluster");
    }

    private void finds(String question, String... answers) {
        eventually("the answer to " + question).untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "exec", "host-1", "--", "sh", "-c", "nslookup " + question)
                                .output())
                .contains(answers));
    }

    private String resolver(String pod) {
        return exec(pod, "cat /etc/resolv.conf");
    }

    @Test
    void theApiServerHasAName() {
        finds("kubernetes.default.svc.cluster.local", "Address: 10.96.0.1");
    }

    @Test
    void namesAreAnsweredOverTcpToo() {
        String query =
                "\\000\\066\\022\\064\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\012kubernetes\\007default\\003svc\\007cluster"
                        + "\\005local\\000\\000\\001\\000\\001";
        eventually("the address in the answer").untilAsserted(() -> assertThat(exec(
                        "host-1",
                        "{ printf '" + query + "'; sleep 1; } | nc -w 3 10.96.0.10 53 | od -An -v -tx1 | tr -d '\\n'"))
                .contains("00 04 0a 60 00 01"));
    }

    @Test
    void aServicesNameIsItsAddressAndItsPortsHaveRecords() {
        String address = field("service/plain", ".spec.clusterIP");
        finds("plain." + domain, "Address: " + address);
        finds("-type=SRV _http._tcp.plain." + domain, "0 100 80 plain." + domain);
        finds("-type=SRV _talk._udp.plain." + domain, "0 100 5060 plain." + domain);
        finds(address, "name = plain." + domain);
    }

    @Test
    void aHeadlessServicesNameIsItsPodsAddressesAndTheyHaveNames() {
        String address = pods.get("host-1").path("status").path("podIP").asString();
        finds("sub." + domain, "Address: " + address);
        finds("one.sub." + domain, "Address: " + address);
        finds("-type=SRV _http._tcp.sub." + domain, "80 one.sub." + domain);
        finds(address, "name = one.sub." + domain);
        assertThat(exec("host-1", "hostname; hostname -f")).isEqualTo("one\none.sub." + domain);
        assertThat(exec("host-1", "grep one /etc/hosts")).isEqualTo(address + "\tone.sub." + domain + "\tone");
        assertThat(exec("fqdn", "hostname")).isEqualTo("two.sub." + domain);
    }

    @Test
    void aPodMayHaveQuiteAnotherNameThanItsOwn() {
        assertThat(exec("renamed", "hostname; hostname -f")).isEqualTo("override.example.host\noverride.example.host");
    }

    @Test
    void aPodWhoseFullNameIsTooLongForTheKernelStaysPending() {
        String name = "l" + "o".repeat(60) + "ng";
        String full = name + ".sub." + domain;
        eventually("the event of " + name).untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "events",
                        "--field-selector=reason=FailedCreatePodSandBox,involvedObject.name=" + name,
                        "-o",
                        "jsonpath={.items[*].message}"))
                .contains("Failed to create pod sandbox: failed to construct FQDN from Pod hostname and cluster domain,"
                        + " FQDN " + full + " is too long (64 characters is the max, " + full.length()
                        + " characters requested)"));
        assertThat(field("pod/" + name, ".status.phase")).isEqualTo("Pending");
    }

    @Test
    void aPodsAddressIsAName() {
        String address = pods.get("host-1").path("status").path("podIP").asString();
        finds(address.replace('.', '-') + "." + kubectl.namespace() + ".pod.cluster.local", "Address: " + address);
    }

    @Test
    void shortNamesAreCompleted() {
        String address = field("service/plain", ".spec.clusterIP");
        for (String name :
                new String[] {"plain", "plain." + kubectl.namespace(), "plain." + kubectl.namespace() + ".svc"}) {
            eventually(name + " is completed")
                    .untilAsserted(() -> assertThat(exec("host-1", "ping -c 1 -W 1 " + name + " || true"))
                            .contains("PING " + name + " (" + address + ")"));
        }
        eventually("the API server's name is completed")
                .untilAsserted(() -> assertThat(exec("host-1", "ping -c 1 -W 1 kubernetes.default || true"))
                        .contains("(10.96.0.1)"));
    }

    @Test
    void anExternalNameIsFollowedUntilTheServiceHasAnAddress() {
        finds("-type=CNAME changing." + domain, "canonical name = foo.example.com");
        kubectl.run("patch", "service", "changing", "-p", "{\"spec\":{\"externalName\":\"bar.example.com\"}}");
        finds("-type=CNAME changing." + domain, "canonical name = bar.example.com");
        kubectl.run(
                "patch",
                "service",
                "changing",
                "-p",
                "{\"spec\":{\"type\":\"ClusterIP\",\"externalName\":null,\"ports\":[{\"port\":80,\"name\":\"http\"}]}}");
        String address = field("service/changing", ".spec.clusterIP");
        assertThat(address).startsWith("10.96.");
        finds("changing." + domain, "Address: " + address);
    }

    @Test
    void aPodMayBringItsOwnNameServers() {
        assertThat(resolver("none")).isEqualTo("nameserver 1.1.1.1\nsearch resolv.conf.local\noptions ndots:3 rotate");
    }

    @Test
    void aPodMayAddToWhatTheClusterGives() {
        assertThat(resolver("merged"))
                .isEqualTo("nameserver 10.96.0.10\nsearch " + domain
                        + " svc.cluster.local cluster.local more.example.com\noptions ndots:2");
        assertThat(resolver("host-1"))
                .contains("search " + domain + " svc.cluster.local cluster.local", "options ndots:5");
    }

    @Test
    void aPodMayHaveTheNodesNameServers() {
        assertThat(resolver("default")).doesNotContain("10.96.0.10", "cluster.local");
        assertThat(resolver("host-network")).isEqualTo(resolver("default"));
        assertThat(resolver("host-cluster")).contains("nameserver 10.96.0.10", domain);
    }
}
