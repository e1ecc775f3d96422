package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SubPathsTest {

    private static final Container CONTAINER =
            new ContainerBuilder().withName("main").build();

    @TempDir
    Path machine;

    private Path volume = Path.of("/");
    private Path secret = Path.of("/");

    @BeforeEach
    void aVolumeBesideTheMachinesOwnFiles() throws IOException {
        volume = Files.createDirectory(machine.resolve("volume"));
        secret = Files.createDirectory(machine.resolve("secret"));
    }

    private static VolumeMount mount(String subPath) {
        return new VolumeMountBuilder()
                .withName("v")
                .withMountPath("/v")
                .withSubPath(subPath)
                .build();
    }

    private Path of(String subPath) throws ContainerFailure {
        return SubPaths.of(CONTAINER, mount(subPath), volume, Map.of());
    }

    private void refused(VolumeMount mount, String message) {
        assertThatExceptionOfType(ContainerFailure.class)
                .isThrownBy(() -> SubPaths.of(CONTAINER, mount, volume, Map.of("UP", "a/../b", "ROOT", "/etc")))
                .withMessage(message)
                .matches(failure -> failure.reason().equals("CreateContainerConfigError"));
    }

    @Test
    void withoutOneItIsTheVolume() throws Exception {
        assertThat(of("")).isEqualTo(volume);
    }

    @Test
    void whatIsMadeMayBeUsedByWhoMayUseTheVolume() throws Exception {
        Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxrwx"));

        Path made = of("a/b");

        assertThat(made).isEqualTo(volume.toRealPath().resolve("a/b"));
        for (Path each = made; !each.equals(volume.toRealPath()); each = each.getParent()) {
            assertThat(Files.getPosixFilePermissions(each))
                    .as(each.toString())
                    .isEqualTo(PosixFilePermissions.fromString("rwxrwxrwx"));
        }
    }

    @Test
    void whatIsThereStaysAsItIs() throws Exception {
        Path own = Files.createDirectory(volume.resolve("own"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        Path file = Files.writeString(volume.resolve("file"), "text");
        Files.createSymbolicLink(volume.resolve("link"), Path.of("own"));

        assertThat(of("own")).isEqualTo(own.toRealPath());
        assertThat(Files.getPosixFilePermissions(own)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(of("file")).isEqualTo(file.toRealPath());
        assertThat(of("link/below")).isEqualTo(own.toRealPath().resolve("below"));
    }

    @Test
    void aLinkThatLeadsOutIsNotFollowed() throws Exception {
        Files.writeString(secret.resolve("key"), "s");
        Files.createSymbolicLink(volume.resolve("directory"), secret);
        Files.createSymbolicLink(volume.resolve("file"), secret.resolve("key"));
        Files.createSymbolicLink(volume.resolve("up"), Path.of("../"));

        for (String path : new String[] {"directory", "directory/key", "file", "up"}) {
            refused(mount(path), "failed to prepare subPath for volumeMount \"v\" of container \"main\"");
        }
    }

    @Test
    void nothingIsMadeOutsideOfTheVolume() throws Exception {
        Files.createSymbolicLink(volume.resolve("directory"), secret);
        Files.createSymbolicLink(volume.resolve("dangling"), secret.resolve("gone"));
        Files.createFile(volume.resolve("file"));

        for (String path : new String[] {"directory/new", "dangling", "dangling/new", "file/new"}) {
            refused(mount(path), "failed to create subPath directory for volumeMount \"v\" of container \"main\"");
        }
        try (var list = Files.list(secret)) {
            assertThat(list).isEmpty();
        }
        assertThat(Files.exists(secret.resolve("gone"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    @Test
    void pathsThatDoNotBelongInAVolumeAreNamed() {
        VolumeMountBuilder expression =
                new VolumeMountBuilder().withName("v").withMountPath("/v").withSubPath(null);
        refused(expression.withSubPathExpr("$(ROOT)/x").build(), "error SubPath `/etc/x` must not be an absolute path");
        refused(
                expression.withSubPathExpr("$(UP)").build(),
                "unable to provision SubPath `a/../b`: must not contain '..'");
        refused(expression.withSubPathExpr("$(NONE)/x").build(), "missing value for \"NONE\"");
    }
}
