package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalDirectoriesTest {

    @TempDir
    Path machine;

    private LocalDirectories directories;

    @BeforeEach
    void beside() {
        directories = new LocalDirectories(machine.resolve("pods"));
    }

    private static PersistentVolume volume(Path path, String by) {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pvc-1")
                .addToAnnotations("pv.kubernetes.io/provisioned-by", by)
                .endMetadata()
                .withNewSpec()
                .withNewHostPath(path.toString(), "DirectoryOrCreate")
                .endSpec()
                .build();
    }

    @Test
    void aDirectoryIsOpenForEverybodyAndGoesWithWhatIsInIt() throws IOException {
        Path path = machine.resolve("local-path/pvc-1");

        directories.make(volume(path, "kybern.io/local-path"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rwxrwxrwx");
        Files.createDirectories(path.resolve("a/b"));
        Files.writeString(path.resolve("a/b/file"), "x");
        directories.make(volume(path, "kybern.io/local-path"));
        assertThat(path.resolve("a/b/file")).exists();
        directories.remove("pvc-1");
        directories.remove("pvc-1");
        assertThat(path).doesNotExist();
    }

    @Test
    void otherVolumesAndOtherPlacesAreLeftAlone() throws IOException {
        directories.make(volume(machine.resolve("local-path/other"), "somebody.else"));
        directories.make(volume(machine.resolve("elsewhere/pvc-1"), "kybern.io/local-path"));
        directories.make(volume(machine.resolve("local-path/../elsewhere"), "kybern.io/local-path"));

        assertThat(machine).isEmptyDirectory();
        assertThatIllegalArgumentException().isThrownBy(() -> directories.remove("../pods"));
        assertThatIllegalArgumentException().isThrownBy(() -> directories.remove(".."));
    }
}
