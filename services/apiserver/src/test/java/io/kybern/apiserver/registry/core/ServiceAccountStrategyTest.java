package io.kybern.apiserver.registry.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.registry.StrategyFaults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceAccountStrategyTest {

    private static final StrategyFaults ACCOUNTS =
            StrategyFaults.of("", "serviceaccounts", ServiceAccountStrategy::new);
    private static final String ENFORCING =
            "metadata: {annotations: {kubernetes.io/enforce-mountable-secrets: 'true'}}";

    @Test
    void keepsOnlyTheNamesOfSecrets() {
        String secrets = "secrets: [{name: s, namespace: other, kind: Secret}]";
        assertThat(ACCOUNTS.created(secrets).get("secrets")).isEqualTo(Json.read("[{\"name\":\"s\"}]"));
        assertThat(ACCOUNTS.updated("", secrets).get("secrets")).isEqualTo(Json.read("[{\"name\":\"s\"}]"));
        assertThat(ACCOUNTS.onCreate("{" + secrets + ", imagePullSecrets: [{name: p}]}"))
                .isEmpty();
    }

    @Test
    void warnsOnceOfEnforcedMounts() {
        assertThat(ACCOUNTS.strategy().warningsOnCreate(ACCOUNTS.object(ENFORCING)))
                .containsExactly(
                        "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer"
                                + " separate namespaces to isolate access to mounted secrets");
        assertThat(ACCOUNTS.strategy().warningsOnUpdate(ACCOUNTS.object(ENFORCING), ACCOUNTS.object(ENFORCING)))
                .isEmpty();
    }
}
