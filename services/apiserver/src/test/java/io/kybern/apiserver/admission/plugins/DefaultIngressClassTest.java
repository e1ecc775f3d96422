package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DefaultIngressClassTest {

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private void ingressClass(String name, boolean isDefault) {
        made(writes.create(
                "/apis/networking.k8s.io/v1/ingressclasses",
                "{\"metadata\":{\"name\":\"%s\",\"annotations\":{\"ingressclass.kubernetes.io/is-default-class\":\"%s\"}},\"spec\":{\"controller\":\"a.b/c\"}}"
                        .formatted(name, isDefault)));
        writes.settle();
    }

    private String classOf(String name, String annotations, String more) {
        return made(writes.create(
                        "/apis/networking.k8s.io/v1/namespaces/a/ingresses",
                        "{\"metadata\":{\"name\":\"%s\",\"annotations\":{%s}},\"spec\":{\"defaultBackend\":{\"service\":{\"name\":\"s\",\"port\":{\"number\":80}}}%s}}"
                                .formatted(name, annotations, more)))
                .body()
                .path("spec")
                .path("ingressClassName")
                .asString("none");
    }

    @Test
    void ingressesThatNameNoClassGetTheDefaultOne() {
        assertThat(classOf("before", "", "")).isEqualTo("none");
        ingressClass("plain", false);
        ingressClass("standard", true);

        assertThat(classOf("after", "", "")).isEqualTo("standard");
        assertThat(classOf("own", "", ",\"ingressClassName\":\"plain\"")).isEqualTo("plain");
        assertThat(classOf("old", "\"kubernetes.io/ingress.class\":\"other\"", ""))
                .isEqualTo("none");
    }
}
