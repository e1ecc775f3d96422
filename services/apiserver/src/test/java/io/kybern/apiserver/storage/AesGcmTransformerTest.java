package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class AesGcmTransformerTest {

    private static final GroupResource SECRETS = new GroupResource("", "secrets");
    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final ObjectKey KEY = new ObjectKey("default", "a");
    private static final byte[] JSON = "{\"metadata\":{}}".getBytes(StandardCharsets.UTF_8);
    private static final String FIRST = line("key1", 1);
    private static final String SECOND = line("key2", 2);

    @TempDir
    Path directory;

    private static String line(String name, int fill) {
        byte[] key = new byte[32];
        key[0] = (byte) fill;
        return name + ":" + Base64.getEncoder().encodeToString(key) + "\n";
    }

    private AesGcmTransformer with(String keyFile) throws IOException {
        Path file = Files.writeString(directory.resolve("encryption.key"), keyFile);
        return new AesGcmTransformer(Set.of(SECRETS), EncryptionKeys.read(file));
    }

    @Test
    void hidesSecretsAndOpensThem() throws IOException {
        AesGcmTransformer transformer = with(FIRST);
        byte[] stored = transformer.toStore(SECRETS, KEY, JSON);

        assertThat(new String(stored, StandardCharsets.ISO_8859_1))
                .startsWith("k8s:enc:aesgcm:v1:key1:")
                .doesNotContain("metadata");
        assertThat(transformer.fromStore(SECRETS, KEY, stored)).isEqualTo(JSON);
        assertThat(transformer.toStore(SECRETS, KEY, JSON)).isNotEqualTo(stored);
    }

    @Test
    void leavesOtherResourcesAlone() throws IOException {
        assertThat(with(FIRST).toStore(PODS, KEY, JSON)).isSameAs(JSON);
    }

    @Test
    void readsWhatWasStoredBeforeEncryption() throws IOException {
        assertThat(with(FIRST).fromStore(SECRETS, KEY, JSON)).isEqualTo(JSON);
    }

    @Test
    void opensWithAnOldKeyAndEncryptsWithTheFirst() throws IOException {
        byte[] old = with(FIRST).toStore(SECRETS, KEY, JSON);
        AesGcmTransformer rotated = with("# rotated\n" + SECOND + "\n" + FIRST);

        assertThat(rotated.fromStore(SECRETS, KEY, old)).isEqualTo(JSON);
        assertThat(new String(rotated.toStore(SECRETS, KEY, JSON), StandardCharsets.ISO_8859_1))
                .startsWith("k8s:enc:aesgcm:v1:key2:");
    }

    @Test
    void refusesWhatWasMovedToAnotherObject() throws IOException {
        AesGcmTransformer transformer = with(FIRST);
        byte[] stored = transformer.toStore(SECRETS, KEY, JSON);

        assertThatThrownBy(() -> transformer.fromStore(SECRETS, new ObjectKey("default", "b"), stored))
                .isInstanceOf(StorageException.Corrupt.class)
                .hasMessageContaining("does not open");
    }

    @Test
    void namesTheMissingKey() throws IOException {
        byte[] stored = with(FIRST).toStore(SECRETS, KEY, JSON);

        assertThatThrownBy(() -> with(SECOND).fromStore(SECRETS, KEY, stored))
                .isInstanceOf(StorageException.Corrupt.class)
                .hasMessageContaining("\"key1\"");
    }

    @Test
    void refusesAKeyFileWithoutKeys() {
        assertThatThrownBy(() -> with("key1:c2hvcnQ=\n")).hasMessageContaining("line 1");
        assertThatThrownBy(() -> with("# nothing\n")).hasMessageContaining("no encryption key");
    }
}
