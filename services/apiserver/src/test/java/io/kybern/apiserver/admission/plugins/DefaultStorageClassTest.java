package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DefaultStorageClassTest {

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

    private void storageClass(String name, boolean isDefault) {
        made(writes.create(
                "/apis/storage.k8s.io/v1/storageclasses",
                "{\"metadata\":{\"name\":\"%s\",\"annotations\":{\"storageclass.kubernetes.io/is-default-class\":\"%s\"}},\"provisioner\":\"a.b/c\"}"
                        .formatted(name, isDefault)));
        writes.settle();
    }

    private String classOf(String name, String more) {
        return made(writes.create(
                        "/api/v1/namespaces/a/persistentvolumeclaims",
                        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}%s}}"
                                .formatted(name, more)))
                .body()
                .path("spec")
                .path("storageClassName")
                .asString("none");
    }

    @Test
    void claimsThatNameNoClassGetTheDefaultOne() {
        assertThat(classOf("before", "")).isEqualTo("none");
        storageClass("plain", false);
        storageClass("standard", true);

        assertThat(classOf("after", "")).isEqualTo("standard");
        assertThat(classOf("own", ",\"storageClassName\":\"plain\"")).isEqualTo("plain");
        assertThat(classOf("without", ",\"storageClassName\":\"\"")).isEmpty();
    }
}
