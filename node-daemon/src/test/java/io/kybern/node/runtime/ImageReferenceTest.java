package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {

    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "busybox",
                "busybox:1.36",
                "someone/tool:v1_2.3-a",
                "registry.k8s.io/e2e-test-images/agnhost:2.53",
                "localhost:5000/a/b__c:1",
                "Registry.example/a--b",
                "[::1]:5000/a",
                "127.0.0.1:5000/kybern/pause:1",
            })
    void namesThatEnginesTakeAreFine(String reference) {
        assertThat(ImageReference.fault(reference)).isEmpty();
        assertThat(ImageReference.fault(reference + "@" + DIGEST)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "x:",
                "../../containers/json",
                "a/../b",
                "a?all=1",
                "a#b",
                "a%20b",
                "-a",
                "a:1:2",
                "a@sha256:12",
                "http://example.com/a",
                "a//b",
            })
    void whatIsNoNameIsRefused(String reference) {
        assertThat(ImageReference.fault(reference)).contains("invalid reference format");
    }

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox",
        "busybox:1.36, docker.io/library/busybox",
        "someone/tool, docker.io/someone/tool",
        "docker.io/someone/tool:1, docker.io/someone/tool",
        "127.0.0.1:5000/a/b:1, 127.0.0.1:5000/a/b",
        "localhost/a, localhost/a",
    })
    void aRepositoryIsTheNameWithoutTagAndDigest(String reference, String repository) {
        assertThat(ImageReference.repository(reference)).isEqualTo(repository);
        assertThat(ImageReference.repository(reference + "@" + DIGEST)).isEqualTo(repository);
    }

    @Test
    void theFaultIsTold() {
        assertThat(ImageReference.fault("Busybox:1"))
                .contains("invalid reference format: repository name (library/Busybox) must be lowercase");
        assertThat(ImageReference.fault("0123456789abcdef".repeat(4))).isPresent();
        assertThat(ImageReference.fault("a".repeat(300)))
                .contains("repository name must not be more than 255 characters");
        assertThat(ImageReference.fault("a/".repeat(100_000))).contains("invalid reference format");
    }
}
