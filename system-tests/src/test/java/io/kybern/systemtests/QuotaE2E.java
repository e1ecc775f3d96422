package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Resource quotas: what a namespace may use, and that it never uses more. */
class QuotaE2E extends ClusterTest {

    private void quota(String name, String hard) {
        kubectl.run("create", "quota", name, "--hard=" + hard);
        eventually("the quota is counted").untilAsserted(() -> assertThat(field("quota/" + name, ".status.hard"))
                .isNotEmpty());
    }

    private String used(String quota, String resource) {
        return field("quota/" + quota, ".status.used." + resource.replace(".", "\\."));
    }

    @Test
    void aDeploymentStopsAtTheLimitAndSaysSo() {
        quota("few", "pods=2");
        try {
            kubectl.run("create", "deployment", "crowd", "--image=" + IMAGE, "--replicas=4", "--", "sleep", "3600");
            eventually("there are as many pods as may be").untilAsserted(() -> {
                assertThat(used("few", "pods")).isEqualTo("2");
                assertThat(pods("crowd")).hasSize(2);
            });
            eventually("the Deployment says why there are no more").untilAsserted(() -> assertThat(
                            field("deployment/crowd", ".status.conditions[?(@.type==\"ReplicaFailure\")].message"))
                    .contains("exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2"));
            assertThat(kubectl.refused("run", "more", "--image=" + IMAGE))
                    .isEqualTo("Error from server (Forbidden): pods \"more\" is forbidden: exceeded quota: few,"
                            + " requested: pods=1, used: pods=2, limited: pods=2");
            kubectl.run("delete", "deployment", "crowd");
            eventually("what is deleted is given back")
                    .untilAsserted(() -> assertThat(used("few", "pods")).isEqualTo("0"));
        } finally {
            kubectl.run("delete", "quota", "few", "--ignore-not-found");
        }
    }

    @Test
    void objectsOfAnyTypeAreCounted() {
        quota("counted", "count/deployments.apps=1,count/leases.coordination.k8s.io=0,services=1,services.nodeports=0");
        assertThat(used("counted", "services")).isEqualTo("0");
        kubectl.run("create", "service", "clusterip", "one", "--tcp=80");
        assertThat(used("counted", "services")).isEqualTo("1");
        assertThat(kubectl.refused("create", "service", "clusterip", "two", "--tcp=80"))
                .contains("exceeded quota: counted, requested: services=1, used: services=1, limited: services=1");
        assertThat(kubectl.refused("patch", "service", "one", "-p", "{\"spec\":{\"type\":\"NodePort\"}}"))
                .contains("exceeded quota: counted, requested: services.nodeports=1");
        kubectl.run("delete", "service", "one");
        eventually("there is room again")
                .untilAsserted(() -> assertThat(used("counted", "services")).isEqualTo("0"));
        kubectl.run("create", "service", "clusterip", "two", "--tcp=80");
    }

    @Test
    void onlyPodsInScopeCount() {
        kubectl.run("create", "quota", "short", "--hard=pods=0", "--scopes=Terminating");
        eventually("the quota is counted")
                .untilAsserted(() -> assertThat(used("short", "pods")).isEqualTo("0"));
        assertThat(kubectl.refused(
                        "run", "brief", "--image=" + IMAGE, "--overrides={\"spec\":{\"activeDeadlineSeconds\":60}}"))
                .contains("exceeded quota: short, requested: pods=1, used: pods=0, limited: pods=0");
    }

    @Test
    void aPodThatAsksForNothingCountsAmongThoseOnly() {
        kubectl.run("create", "quota", "nothing", "--hard=pods=1", "--scopes=BestEffort");
        kubectl.run("create", "quota", "something", "--hard=pods=1", "--scopes=NotBestEffort");
        for (String quota : new String[] {"nothing", "something"}) {
            eventually(quota + " is counted")
                    .untilAsserted(() -> assertThat(used(quota, "pods")).isEqualTo("0"));
        }
        kubectl.run(
                "run",
                "frugal",
                "--image=" + IMAGE,
                "--overrides={\"spec\":{\"nodeSelector\":{\"there-is\":\"none\"}}}");
        eventually("it counts for one of them").untilAsserted(() -> {
            assertThat(used("nothing", "pods")).isEqualTo("1");
            assertThat(used("something", "pods")).isEqualTo("0");
        });
        assertThat(kubectl.refused("run", "more", "--image=" + IMAGE))
                .contains("exceeded quota: nothing, requested: pods=1, used: pods=1, limited: pods=1");
        kubectl.run("delete", "pod", "frugal", "--grace-period=0", "--force");
        eventually("it is given back")
                .untilAsserted(() -> assertThat(used("nothing", "pods")).isEqualTo("0"));
        kubectl.run("delete", "quota", "nothing", "something");
    }
}
