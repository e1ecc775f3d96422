package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What kubectl can do only if the server publishes OpenAPI 2 in protobuf. */
class FormatsE2E extends ClusterTest {

    private static final String LIST = """
            apiVersion: v1
            kind: List
            items:
            - { apiVersion: v1, kind: ConfigMap, metadata: { name: of-list-%1$s }, data: { a: "%2$s" } }
            - { apiVersion: v1, kind: Secret, metadata: { name: of-list-%1$s }, stringData: { a: "%2$s" } }
            """;

    @Test
    void aListIsCreatedReplacedAndApplied() {
        assertThat(kubectl.call(LIST.formatted("x", "1"), Map.of(), "create", "-f", "-")
                        .ok()
                        .lines())
                .containsExactly("configmap/of-list-x created", "secret/of-list-x created");
        assertThat(kubectl.call(LIST.formatted("x", "2"), Map.of(), "replace", "-f", "-")
                        .ok()
                        .lines())
                .containsExactly("configmap/of-list-x replaced", "secret/of-list-x replaced");
        assertThat(kubectl.apply(LIST.formatted("y", "3")).lines())
                .containsExactly("configmap/of-list-y created", "secret/of-list-y created");
        assertThat(field("configmap/of-list-x", ".data.a")).isEqualTo("2");
    }

    @Test
    void aKindThatDoesNotExistIsNamed() {
        String unknown = "apiVersion: v7\nkind: Nonsense\nmetadata: { name: thing }\n";

        assertThat(kubectl.call(unknown, Map.of(), "apply", "-f", "-").error())
                .contains("no matches for kind \"Nonsense\" in version \"v7\"");
    }
}
