package io.kybern.lifecycle.core.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.lifecycle.core.OwnedObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccountsTest {

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<ClusterRole> roles =
            cluster.objects("rbac.authorization.k8s.io", "v1", "clusterroles", ClusterRole.class);
    private final FakeObjects<ServiceAccount> accounts =
            cluster.objects("", "v1", "serviceaccounts", ServiceAccount.class);
    private final FakeObjects<Secret> secrets = cluster.objects("", "v1", "secrets", Secret.class);
    private final FakeObjects<OwnedObject> known = cluster.objects("", "v1", "secrets", OwnedObject.class);
    private final FakeObjects<ConfigMap> configMaps = cluster.objects("", "v1", "configmaps", ConfigMap.class);
    private final TokenSecretReconciler tokens = new TokenSecretReconciler(known.informer(), secrets, accounts);
    private final TokenCleaningReconciler cleaning = new TokenCleaningReconciler(secrets, cluster.clock());
    private final ClusterInfoReconciler info =
            new ClusterInfoReconciler(configMaps.informer(), known.informer(), configMaps, secrets, cluster.clock());

    private void put(Secret secret) {
        Secret stored = secrets.put(secret);
        OwnedObject metadata = new OwnedObject();
        metadata.setMetadata(stored.getMetadata());
        known.put(metadata);
    }

    private ClusterRole role(String name, String label, String resource) {
        return roles.put(new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("into", label)
                .endMetadata()
                .addNewRule()
                .withApiGroups("")
                .withResources(resource)
                .withVerbs("get")
                .endRule()
                .build());
    }

    @Test
    void aRoleThatIsPutTogetherHasTheRulesOfItsParts() {
        role("b", "all", "pods");
        role("a", "all", "services");
        role("c", "none", "secrets");
        roles.put(new ClusterRoleBuilder()
                .withNewMetadata()
                .withName("whole")
                .endMetadata()
                .withNewAggregationRule()
                .addNewClusterRoleSelector()
                .addToMatchLabels("into", "all")
                .endClusterRoleSelector()
                .endAggregationRule()
                .build());
        RoleAggregationReconciler reconciler = new RoleAggregationReconciler(roles.informer(), roles);
        assertThat(reconciler.aggregated()).containsExactly(ObjectKey.clusterScoped("whole"));

        reconciler.reconcile(ObjectKey.clusterScoped("whole"));
        assertThat(roles.require("", "whole").getRules())
                .extracting(rule -> rule.getResources().getFirst())
                .containsExactly("services", "pods");
        roles.takeWrites();
        reconciler.reconcile(ObjectKey.clusterScoped("whole"));
        assertThat(roles.takeWrites()).as("writes without a change").isEmpty();
    }

    private void account(String uid) {
        accounts.put(new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("robot")
                .withUid(uid)
                .endMetadata()
                .build());
    }

    private void tokenSecret(String type, String uid) {
        put(new SecretBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("robot-token")
                .addToAnnotations(TokenSecretReconciler.ACCOUNT, "robot")
                .addToAnnotations(TokenSecretReconciler.UID, uid)
                .endMetadata()
                .withType(type)
                .build());
    }

    @Test
    void aTokenGoesWithItsAccount() {
        ObjectKey key = new ObjectKey("ns", "robot-token");
        account("uid-1");
        tokenSecret(TokenSecretReconciler.TYPE, "uid-1");
        tokens.reconcile(key);
        assertThat(secrets.get(key)).isPresent();
        assertThat(tokens.of(new ObjectKey("ns", "robot"))).containsExactly(key);

        accounts.remove(new ObjectKey("ns", "robot"));
        tokens.reconcile(key);

        assertThat(secrets.get(key)).isEmpty();
    }

    @Test
    void aTokenOfAnAccountThatCameAnewGoes() {
        account("uid-2");
        tokenSecret(TokenSecretReconciler.TYPE, "uid-1");

        tokens.reconcile(new ObjectKey("ns", "robot-token"));

        assertThat(secrets.all()).isEmpty();
    }

    @Test
    void anotherSecretThatNamesAnAccountStays() {
        tokenSecret("Opaque", "uid-1");

        tokens.reconcile(new ObjectKey("ns", "robot-token"));

        assertThat(secrets.all()).hasSize(1);
    }

    @Test
    void everyAccountMayHaveOne() {
        account("01234567-89ab");
        AccountTokenReconciler reconciler = new AccountTokenReconciler(accounts.informer(), accounts, secrets);

        reconciler.reconcile(new ObjectKey("ns", "robot"));
        reconciler.reconcile(new ObjectKey("ns", "robot"));

        assertThat(secrets.all()).singleElement().satisfies(secret -> {
            assertThat(secret.getMetadata().getName()).isEqualTo("robot-token-01234");
            assertThat(secret.getType()).isEqualTo(TokenSecretReconciler.TYPE);
        });
        assertThat(accounts.require("ns", "robot").getSecrets())
                .extracting(each -> each.getName())
                .containsExactly("robot-token-01234");
    }

    private void bootstrapToken(Map<String, String> more) {
        put(new SecretBuilder()
                .withNewMetadata()
                .withNamespace("kube-system")
                .withName("bootstrap-token-abcdef")
                .endMetadata()
                .withType("bootstrap.kubernetes.io/token")
                .addToData("token-id", "YWJjZGVm")
                .addToData("token-secret", "MDEyMzQ1Njc4OWFiY2RlZg==")
                .addToData(more)
                .build());
    }

    @Test
    void aTokenByWhichNodesJoinGoesWhenItEnds() {
        String end = cluster.clock().instant().plus(Duration.ofMinutes(5)).toString();
        bootstrapToken(Map.of(
                "expiration",
                java.util.Base64.getEncoder().encodeToString(end.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
        ObjectKey key = new ObjectKey("kube-system", "bootstrap-token-abcdef");

        assertThat(cleaning.reconcile(key)).isEqualTo(Outcome.again(Duration.ofMinutes(5), "the token has not ended"));
        cluster.clock().advance(Duration.ofMinutes(5));
        cleaning.reconcile(key);

        assertThat(secrets.all()).isEmpty();
    }

    @Test
    void whatNewNodesReadIsSignedByEveryTokenForIt() {
        configMaps.put(new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("kube-public")
                .withName("cluster-info")
                .endMetadata()
                .withData(Map.of("kubeconfig", "hello", "jws-kubeconfig-000000", "of a token that is gone"))
                .build());
        bootstrapToken(Map.of("usage-bootstrap-signing", "dHJ1ZQ=="));

        info.reconcile(ClusterInfoReconciler.KEY);

        Map<String, String> data =
                configMaps.require("kube-public", "cluster-info").getData();
        assertThat(data).containsOnlyKeys("kubeconfig", "jws-kubeconfig-abcdef");
        // computed with openssl from the header, the text and the token's secret
        assertThat(data.get("jws-kubeconfig-abcdef"))
                .isEqualTo("eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..MxsnbCjBaYzcbNIFa06F-wuF9LX26rhMlrL4zA1511s");
        assertThat(List.copyOf(configMaps.takeWrites())).containsExactly("update kube-public/cluster-info");
    }

    @Test
    void aTokenThatHasEndedSignsNothingEvenIfItIsStillThere() {
        String end = cluster.clock().instant().plus(Duration.ofMinutes(5)).toString();
        configMaps.put(new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("kube-public")
                .withName("cluster-info")
                .endMetadata()
                .withData(Map.of("kubeconfig", "hello"))
                .build());
        bootstrapToken(Map.of(
                "usage-bootstrap-signing",
                "dHJ1ZQ==",
                "expiration",
                java.util.Base64.getEncoder().encodeToString(end.getBytes(java.nio.charset.StandardCharsets.UTF_8))));

        assertThat(info.reconcile(ClusterInfoReconciler.KEY))
                .isEqualTo(Outcome.again(Duration.ofMinutes(5), "a token that signs has not ended"));
        assertThat(configMaps.require("kube-public", "cluster-info").getData()).containsKey("jws-kubeconfig-abcdef");

        cluster.clock().advance(Duration.ofMinutes(5));

        assertThat(info.reconcile(ClusterInfoReconciler.KEY)).isEqualTo(Outcome.done());
        assertThat(configMaps.require("kube-public", "cluster-info").getData()).containsOnlyKeys("kubeconfig");
    }
}
