package io.kybern.lifecycle.core.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class QuotaReconcilerTest {

    private static final String POD =
            "{\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"100m\"}}}]}";

    private final QuotaFixture given = new QuotaFixture();

    private void quota(String spec) {
        given.quotas.put(QuotaFixture.object("q", spec, "{}"));
    }

    @Test
    void countsWhatIsThere() {
        given.pods.put(QuotaFixture.object("a", POD, "{}"));
        given.pods.put(QuotaFixture.object("b", POD, "{\"phase\":\"Succeeded\"}"));
        given.services.put(
                QuotaFixture.object("s", "{\"type\":\"NodePort\",\"ports\":[{\"port\":1},{\"port\":2}]}", "{}"));
        given.claims.put(QuotaFixture.object(
                "v", "{\"storageClassName\":\"fast\",\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}", "{}"));
        given.configMap("m");
        quota(
                "{\"hard\":{\"pods\":\"5\",\"count/pods\":\"5\",\"requests.cpu\":\"1\",\"services\":\"3\",\"services.nodeports\":\"4\","
                        + "\"requests.storage\":\"5Gi\",\"fast.storageclass.storage.k8s.io/persistentvolumeclaims\":\"2\","
                        + "\"configmaps\":\"9\",\"count/configmaps\":\"9\",\"count/unknown.example.com\":\"1\"}}");

        given.settle();

        assertThat(given.used())
                .isEqualTo("configmaps=1,count/configmaps=1,count/pods=2,"
                        + "fast.storageclass.storage.k8s.io/persistentvolumeclaims=1,pods=1,requests.cpu=100m,"
                        + "requests.storage=1Gi,services=1,services.nodeports=2");
    }

    @Test
    void countsPodsInScopeOnly() {
        given.pods.put(QuotaFixture.object("a", POD, "{}"));
        given.pods.put(
                QuotaFixture.object("b", "{\"containers\":[{\"name\":\"c\"}],\"activeDeadlineSeconds\":9}", "{}"));
        quota("{\"hard\":{\"pods\":\"5\"},\"scopes\":[\"BestEffort\",\"Terminating\"]}");

        given.settle();

        assertThat(given.used()).isEqualTo("pods=1");
    }

    @Test
    void forgetsWhatIsNoLongerLimited() {
        quota("{\"hard\":{\"pods\":\"5\",\"services\":\"1\"}}");
        given.settle();
        MeasuredObject quota = given.quotas.require("default", "q");
        quota.setSpec(QuotaFixture.tree("{\"hard\":{\"pods\":\"7\"}}"));
        given.quotas.put(quota);

        given.settle();

        assertThat(given.used()).isEqualTo("pods=0");
        assertThat(given.quotas
                        .require("default", "q")
                        .counted()
                        .path("status")
                        .path("hard")
                        .toString())
                .isEqualTo("{\"pods\":\"7\"}");
    }

    @Test
    void givesBackWhatIsDeletedAndStopsCountingWhatIsStuck() {
        quota("{\"hard\":{\"pods\":\"5\"}}");
        given.pods.put(QuotaFixture.object("a", POD, "{}"));
        MeasuredObject stuck = given.pods.put(QuotaFixture.object("b", POD, "{}"));
        given.settle();
        assertThat(given.used()).isEqualTo("pods=2");

        given.pods.remove(new ObjectKey("default", "a"));
        stuck.getMetadata().setDeletionTimestamp(given.cluster.clock().instant().toString());
        stuck.getMetadata().setDeletionGracePeriodSeconds(0L);
        given.pods.put(stuck);
        given.cluster.clock().advance(Duration.ofSeconds(1));
        given.settle();

        assertThat(given.used()).isEqualTo("pods=0");
    }

    @Test
    void leavesACurrentStatusAlone() {
        quota("{\"hard\":{\"pods\":\"5\"}}");
        given.settle();
        given.quotas.takeWrites();
        given.queue.add(QuotaFixture.QUOTA);

        given.settle();

        assertThat(given.quotas.takeWrites()).isEmpty();
    }

    @Test
    void keepsAChargeUntilItsWriteMustHaveEnded() {
        quota("{\"hard\":{\"pods\":\"5\"}}");
        given.settle();
        MeasuredObject charged = given.quotas.require("default", "q");
        charged.setStatus(QuotaFixture.tree("{\"hard\":{\"pods\":\"5\"},\"used\":{\"pods\":\"1\"}}"));
        given.quotas.put(charged);
        given.bookmarks();

        given.work();

        assertThat(given.used()).isEqualTo("pods=1");
        given.settle();
        assertThat(given.used()).isEqualTo("pods=0");
    }
}
