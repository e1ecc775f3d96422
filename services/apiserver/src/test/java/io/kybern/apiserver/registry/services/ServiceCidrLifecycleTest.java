package io.kybern.apiserver.registry.services;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges and addresses through the operations of the API, and Services in ranges that are added. */
@Timeout(60)
class ServiceCidrLifecycleTest {

    private static final String GROUP = "/apis/networking.k8s.io/v1/";
    private static final String RANGES = GROUP + "servicecidrs";
    private static final String ADDRESSES = GROUP + "ipaddresses";
    private static final String SERVICES = "/api/v1/namespaces/a/services";
    private static final String MERGE = "application/merge-patch+json";

    private final WritesUnderTest writes = new WritesUnderTest();

    @BeforeEach
    void aNamespace() {
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
    }

    @AfterEach
    void close() {
        writes.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "servicecidrs | one | two | \"cidrs\":[\"192.0.2.0/24\"]",
                "ipaddresses | 192.0.2.1 | 2001:db8::1 | \"parentRef\":{\"resource\":\"services\",\"name\":\"s\"}",
            })
    void takesEveryOperation(String resource, String one, String two, String spec) {
        String object = "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"of\":\"test\"}},\"spec\":{" + spec + "}}";
        made(writes.create(GROUP + resource, object.formatted(one)));
        made(writes.create(GROUP + resource, object.formatted(two)));
        assertThat(writes.create(GROUP + resource, object.formatted(one)).code())
                .isEqualTo(409);
        String path = GROUP + resource + "/" + one;

        assertThat(made(writes.get(path)).body().at("/metadata/name").asString())
                .isEqualTo(one);
        assertThat(made(writes.get(GROUP + resource + "?labelSelector=of%3Dtest"))
                        .body()
                        .path("items"))
                .hasSize(2);
        made(writes.merge(path, "{\"metadata\":{\"annotations\":{\"patched\":\"yes\"}}}"));
        String read = made(writes.get(path)).text();
        Reply updated = made(writes.update(path, read.replace("\"patched\":\"yes\"", "\"updated\":\"yes\"")));
        assertThat(updated.body().at("/metadata/annotations/updated").asString())
                .isEqualTo("yes");
        made(writes.delete(path));
        assertThat(writes.get(path).code()).isEqualTo(404);
        made(writes.delete(GROUP + resource + "?labelSelector=of%3Dtest"));
        assertThat(made(writes.get(GROUP + resource + "?labelSelector=of%3Dtest"))
                        .body()
                        .path("items"))
                .isEmpty();
    }

    @Test
    void aRangesStatusIsWrittenApart() {
        made(writes.create(RANGES, "{\"metadata\":{\"name\":\"r\"},\"spec\":{\"cidrs\":[\"192.0.2.0/24\"]}}"));
        String condition =
                "{\"status\":{\"conditions\":[{\"type\":\"Seen\",\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"\","
                        + "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}";
        made(writes.merge(RANGES + "/r", condition));
        assertThat(writes.get(RANGES + "/r").body().path("status").path("conditions"))
                .isEmpty();
        made(writes.send("PATCH", RANGES + "/r/status", MERGE, condition));
        assertThat(writes.get(RANGES + "/r/status")
                        .body()
                        .at("/status/conditions/0/reason")
                        .asString())
                .isEqualTo("E2E");
    }

    private static String service(String name, String address) {
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"clusterIP\":\"" + address
                + "\",\"ports\":[{\"port\":80}]}}";
    }

    @Test
    void aServiceChoosesAnAddressOfAnyRange() {
        Reply refused = writes.create(SERVICES, service("early", "10.97.0.9"));
        assertThat(refused.code()).isEqualTo(422);
        assertThat(refused.message())
                .isEqualTo("Service \"early\" is invalid: spec.clusterIPs: Invalid value: [\"10.97.0.9\"]: failed to"
                        + " allocate IP 10.97.0.9: the provided network does not match the current range");

        made(writes.create(RANGES, "{\"metadata\":{\"name\":\"r\"},\"spec\":{\"cidrs\":[\"10.97.0.0/24\"]}}"));
        made(writes.create(SERVICES, service("s", "10.97.0.9")));
        assertThat(writes.get(ADDRESSES + "/10.97.0.9")
                        .body()
                        .at("/spec/parentRef/name")
                        .asString())
                .isEqualTo("s");
        assertThat(writes.create(SERVICES, service("t", "10.97.0.9")).message())
                .endsWith("failed to allocate IP 10.97.0.9: provided IP is already allocated");

        made(writes.delete(RANGES + "/r"));
        made(writes.merge(SERVICES + "/s", "{\"metadata\":{\"labels\":{\"still\":\"changes\"}}}"));
        assertThat(writes.create(SERVICES, service("late", "10.97.0.10")).code())
                .isEqualTo(422);
        made(writes.delete(SERVICES + "/s"));
        assertThat(writes.get(ADDRESSES + "/10.97.0.9").code()).isEqualTo(404);
    }

    @Test
    void aServiceChangesToAnAddressOfARangeOnly() {
        made(writes.create(
                SERVICES,
                "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"e.org\"}}"));
        Reply refused = writes.merge(
                SERVICES + "/s",
                "{\"spec\":{\"type\":\"ClusterIP\",\"clusterIP\":\"10.98.0.1\",\"externalName\":null,"
                        + "\"ports\":[{\"port\":80}]}}");
        assertThat(refused.message()).endsWith("the provided network does not match the current range");
    }
}
