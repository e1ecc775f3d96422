package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which finalizers new objects of storage get. */
@Timeout(60)
class StorageObjectInUseProtectionTest {

    private static final String ATTRIBUTES = "/apis/storage.k8s.io/v1/volumeattributesclasses";

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

    private String finalizers(String path, String body) {
        return made(writes.create(path, body))
                .body()
                .path("metadata")
                .path("finalizers")
                .toString();
    }

    @Test
    void whatCanBeInUseIsHeldFromTheBeginning() {
        assertThat(
                        finalizers(
                                "/api/v1/namespaces/a/persistentvolumeclaims",
                                "{\"metadata\":{\"name\":\"c\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}"))
                .isEqualTo("[\"kubernetes.io/pvc-protection\"]");
        assertThat(
                        finalizers(
                                "/api/v1/persistentvolumes",
                                "{\"metadata\":{\"name\":\"v\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"capacity\":{\"storage\":\"1Gi\"},\"hostPath\":{\"path\":\"/tmp/v\"}}}"))
                .isEqualTo("[\"kubernetes.io/pv-protection\"]");
        assertThat(
                        finalizers(
                                ATTRIBUTES,
                                "{\"metadata\":{\"name\":\"gold\",\"finalizers\":[\"a.b/own\"]},\"driverName\":\"a.b\",\"parameters\":{\"iops\":\"10\"}}"))
                .isEqualTo("[\"a.b/own\",\"kubernetes.io/vac-protection\"]");
    }

    @Test
    void nobodyIsGivenTheFinalizerTwice() {
        assertThat(
                        finalizers(
                                ATTRIBUTES,
                                "{\"metadata\":{\"name\":\"gold\",\"finalizers\":[\"kubernetes.io/vac-protection\"]},\"driverName\":\"a.b\",\"parameters\":{\"iops\":\"10\"}}"))
                .isEqualTo("[\"kubernetes.io/vac-protection\"]");
    }
}
