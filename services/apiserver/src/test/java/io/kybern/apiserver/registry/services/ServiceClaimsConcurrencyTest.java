package io.kybern.apiserver.registry.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceClaimsConcurrencyTest extends ServiceClaimsProperties {

    private final WritesUnderTest writes = new WritesUnderTest();

    @Override
    WritesUnderTest writes() {
        return writes;
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    @Test
    void aCreateThatComesTooLateTakesNothingFromTheServiceThatIsThere() {
        String services = "/api/v1/namespaces/a/services";
        String web =
                "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":30080}]}}";
        writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}");
        assertThat(writes.create(services, web.formatted("web")).code()).isEqualTo(201);

        assertThat(writes.create(services, web.formatted("web")).message())
                .isEqualTo(
                        "Service \"web\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated");
        assertThat(writes.create(services, web.formatted("other")).code()).isEqualTo(422);
    }
}
