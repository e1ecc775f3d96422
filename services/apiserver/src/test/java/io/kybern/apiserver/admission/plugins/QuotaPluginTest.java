package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What quotas refuse, and what they are charged. */
@Timeout(60)
class QuotaPluginTest {

    private static final String NAMESPACE = "/api/v1/namespaces/a";
    private static final String QUOTAS = NAMESPACE + "/resourcequotas";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create(NAMESPACE + "/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private static void refused(Reply reply, String message) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(403);
        assertThat(reply.message()).isEqualTo(message);
    }

    /** A quota that the controller has looked at, with nothing in use but what is said. */
    private void quota(String spec, String hard, String used) {
        made(writes.create(QUOTAS, "{\"metadata\":{\"name\":\"q\"},\"spec\":{\"hard\":{%s}%s}}".formatted(hard, spec)));
        status(hard, used);
    }

    private void status(String hard, String used) {
        made(writes.merge(QUOTAS + "/q/status", "{\"status\":{\"hard\":{%s},\"used\":{%s}}}".formatted(hard, used)));
        writes.settle();
    }

    private String used() {
        return writes.get(QUOTAS + "/q").body().path("status").path("used").toString();
    }

    private Reply pod(String name, String resources, String more) {
        return writes.create(
                NAMESPACE + "/pods",
                "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{%s}}]%s}}"
                        .formatted(name, resources, more));
    }

    @Test
    void chargesWhatIsMadeAndRefusesWhatIsTooMuch() {
        quota("", "\"pods\":\"2\",\"requests.cpu\":\"1\"", "\"pods\":\"1\",\"requests.cpu\":\"500m\"");

        made(pod("a", "\"requests\":{\"cpu\":\"200m\"}", ""));

        assertThat(used()).isEqualTo("{\"pods\":\"2\",\"requests.cpu\":\"700m\"}");
        refused(
                pod("b", "\"requests\":{\"cpu\":\"400m\"}", ""),
                "pods \"b\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=400m, used: pods=2,requests.cpu=700m,"
                        + " limited: pods=2,requests.cpu=1");
        assertThat(used()).isEqualTo("{\"pods\":\"2\",\"requests.cpu\":\"700m\"}");
    }

    @Test
    void containersMustSayWhatIsLimited() {
        quota("", "\"cpu\":\"1\",\"memory\":\"1Gi\"", "\"cpu\":\"0\",\"memory\":\"0\"");

        refused(pod("a", "", ""), "pods \"a\" is forbidden: failed quota: q: must specify cpu for: c; memory for: c");
    }

    @Test
    void nothingIsMadeBeforeTheUsageIsKnown() {
        quota("", "\"configmaps\":\"1\",\"secrets\":\"1\"", "\"secrets\":\"0\"");

        refused(
                writes.create(NAMESPACE + "/configmaps", "{\"metadata\":{\"name\":\"m\"}}"),
                "configmaps \"m\" is forbidden: status unknown for quota: q, resources: configmaps");
    }

    @Test
    void scopesSelectPods() {
        quota(
                ",\"scopeSelector\":{\"matchExpressions\":[{\"scopeName\":\"PriorityClass\",\"operator\":\"In\",\"values\":[\"high\"]}]}",
                "\"pods\":\"0\"",
                "\"pods\":\"0\"");
        made(writes.create(
                "/apis/scheduling.k8s.io/v1/priorityclasses", "{\"metadata\":{\"name\":\"high\"},\"value\":1000}"));

        made(pod("a", "", ""));

        refused(
                pod("b", "", ",\"priorityClassName\":\"high\""),
                "pods \"b\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0");
    }

    @Test
    void aServiceIsChargedWhatItGrowsBy() {
        String hard = "\"services\":\"2\",\"services.nodeports\":\"1\"";
        quota("", hard, "\"services\":\"0\",\"services.nodeports\":\"0\"");
        String services = NAMESPACE + "/services";
        made(writes.create(
                services, "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":1}]}}"));

        made(writes.merge(services + "/s", "{\"spec\":{\"type\":\"NodePort\"}}"));

        assertThat(used()).isEqualTo("{\"services\":\"1\",\"services.nodeports\":\"1\"}");
        refused(
                writes.merge(
                        services + "/s",
                        "{\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":1},{\"name\":\"b\",\"port\":2}]}}"),
                "services \"s\" is forbidden: exceeded quota: q, requested: services.nodeports=1,"
                        + " used: services.nodeports=1, limited: services.nodeports=1");
    }

    @Test
    void anyTypeCanBeCounted() {
        quota("", "\"count/deployments.apps\":\"0\"", "\"count/deployments.apps\":\"0\"");

        refused(
                writes.create(
                        "/apis/apps/v1/namespaces/a/deployments",
                        "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":"
                                + "{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}"),
                "deployments.apps \"d\" is forbidden: exceeded quota: q, requested: count/deployments.apps=1,"
                        + " used: count/deployments.apps=0, limited: count/deployments.apps=0");
    }

    @Test
    void aDryRunIsCheckedAndNotCharged() {
        quota("", "\"configmaps\":\"1\"", "\"configmaps\":\"0\"");

        made(writes.create(NAMESPACE + "/configmaps?dryRun=All", "{\"metadata\":{\"name\":\"m\"}}"));

        assertThat(used()).isEqualTo("{\"configmaps\":\"0\"}");
    }

    @Test
    void aCrowdNeverGetsMoreThanThereIs() throws InterruptedException, ExecutionException {
        quota("", "\"count/configmaps\":\"7\"", "\"count/configmaps\":\"0\"");
        List<Future<Reply>> replies = new ArrayList<>();
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 40; i++) {
                String body = "{\"metadata\":{\"name\":\"m%d\"}}".formatted(i);
                replies.add(crowd.submit(() -> writes.create(NAMESPACE + "/configmaps", body)));
            }
        }

        int made = 0;
        for (Future<Reply> reply : replies) {
            made += reply.get().code() == 201 ? 1 : 0;
        }
        assertThat(made).isEqualTo(7);
        assertThat(used()).isEqualTo("{\"count/configmaps\":\"7\"}");
    }

    @Test
    void scopesMustFitWhatIsLimited() {
        Reply reply = writes.create(
                QUOTAS,
                "{\"metadata\":{\"name\":\"q\"},\"spec\":{\"hard\":{\"services\":\"1\"},\"scopeSelector\":{\"matchExpressions\":["
                        + "{\"scopeName\":\"BestEffort\",\"operator\":\"In\"}]}}}");

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .contains("unsupported scope applied to resource")
                .contains("must be 'Exist' only operator when scope is any of")
                .contains("must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    }
}
