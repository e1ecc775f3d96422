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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class EncryptingTransformerTest {

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

    private EncryptingTransformer with(String keyFile) throws IOException {
        Path file = Files.writeString(directory.resolve("encryption.key"), keyFile);
        return new EncryptingTransformer(EncryptionRules.NONE.alsoReading(SECRETS, EncryptionKeys.read(file)));
    }

    @Test
    void hidesSecretsAndOpensThem() throws IOException {
        EncryptingTransformer transformer = with(FIRST);
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
    void aPlainValueIsReadOnlyIfAProviderAllowsIt() throws IOException {
        String gcm = EncryptionFileTest.keyed("aesgcm", "a", 32);
        assertThat(configured(gcm + "      - identity: {}\n").fromStore(SECRETS, KEY, JSON))
                .isEqualTo(JSON);
        assertThat(configured(gcm).fromStore(PODS, KEY, JSON)).isEqualTo(JSON);
        EncryptionKeys installed = EncryptionKeys.read(Files.writeString(directory.resolve("installed.key"), FIRST));
        EncryptionRules rules = EncryptionFile.read(EncryptionFileTest.configuration("secrets", gcm));

        for (EncryptionRules strict : List.of(rules, rules.alsoReading(SECRETS, installed))) {
            assertThatThrownBy(() -> new EncryptingTransformer(strict).fromStore(SECRETS, KEY, JSON))
                    .isInstanceOf(StorageException.Corrupt.class)
                    .hasMessageContaining("secrets \"default/a\" is not encrypted");
        }
    }

    @Test
    void opensWithAnOldKeyAndEncryptsWithTheFirst() throws IOException {
        byte[] old = with(FIRST).toStore(SECRETS, KEY, JSON);
        EncryptingTransformer rotated = with("# rotated\n" + SECOND + "\n" + FIRST);

        assertThat(rotated.fromStore(SECRETS, KEY, old)).isEqualTo(JSON);
        assertThat(new String(rotated.toStore(SECRETS, KEY, JSON), StandardCharsets.ISO_8859_1))
                .startsWith("k8s:enc:aesgcm:v1:key2:");
    }

    @Test
    void refusesWhatWasMovedToAnotherObject() throws IOException {
        EncryptingTransformer transformer = with(FIRST);
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

    private static EncryptingTransformer configured(String providers) {
        return new EncryptingTransformer(EncryptionFile.read(EncryptionFileTest.configuration("secrets", providers)));
    }

    @Test
    void everyProviderHidesAndOpens() {
        for (String provider : List.of("aesgcm", "aescbc")) {
            for (int bytes : List.of(16, 24, 32)) {
                EncryptingTransformer transformer = configured(EncryptionFileTest.keyed(provider, "a", bytes));
                byte[] stored = transformer.toStore(SECRETS, KEY, JSON);

                assertThat(new String(stored, StandardCharsets.ISO_8859_1))
                        .startsWith("k8s:enc:" + provider + ":v1:a:")
                        .doesNotContain("metadata");
                assertThat(transformer.fromStore(SECRETS, KEY, stored)).isEqualTo(JSON);
                assertThat(transformer.isStale(SECRETS, stored)).isFalse();
            }
        }
    }

    @Test
    void theFirstProviderWritesAndAllRead() {
        String gcm = EncryptionFileTest.keyed("aesgcm", "a", 32);
        String cbc = EncryptionFileTest.keyed("aescbc", "b", 32);
        byte[] old = configured(gcm).toStore(SECRETS, KEY, JSON);
        EncryptingTransformer moved = configured(cbc + gcm);
        EncryptingTransformer ended = configured("      - identity: {}\n" + cbc + gcm);

        assertThat(moved.fromStore(SECRETS, KEY, old)).isEqualTo(JSON);
        assertThat(moved.isStale(SECRETS, old)).isTrue();
        assertThat(moved.isStale(SECRETS, JSON)).isTrue();
        assertThat(ended.toStore(SECRETS, KEY, JSON)).isSameAs(JSON);
        assertThat(ended.fromStore(SECRETS, KEY, old)).isEqualTo(JSON);
        assertThat(ended.isStale(SECRETS, old)).isTrue();
        assertThat(ended.isStale(SECRETS, JSON)).isFalse();
    }

    @Test
    void aKeyOfTheSameNameThatIsAnotherOneIsNamed() throws IOException {
        byte[] stored = with(FIRST).toStore(SECRETS, KEY, JSON);

        assertThatThrownBy(() -> with(line("key1", 7)).fromStore(SECRETS, KEY, stored))
                .isInstanceOf(StorageException.Corrupt.class)
                .hasMessageContaining("secrets \"default/a\" does not open with the aesgcm key \"key1\"");
    }

    @Test
    void whatIsEncryptedIsNotTakenForPlain() throws IOException {
        byte[] stored = with(FIRST).toStore(SECRETS, KEY, JSON);

        assertThatThrownBy(() -> new EncryptingTransformer(EncryptionRules.NONE).fromStore(SECRETS, KEY, stored))
                .isInstanceOf(StorageException.Corrupt.class)
                .hasMessageContaining("aesgcm key \"key1\"");
    }

    @Test
    void newRulesCountAtOnce() throws IOException {
        EncryptingTransformer transformer = with(FIRST);
        byte[] stored = transformer.toStore(SECRETS, KEY, JSON);
        long before = transformer.generation();

        transformer.use(EncryptionFile.read(
                EncryptionFileTest.configuration("'*.*'", EncryptionFileTest.keyed("aescbc", "c", 16))));

        assertThat(transformer.generation()).isNotEqualTo(before);
        assertThat(transformer.appliesTo(PODS)).isTrue();
        assertThatThrownBy(() -> transformer.fromStore(SECRETS, KEY, stored))
                .isInstanceOf(StorageException.Corrupt.class);
    }

    @Test
    void brokenValuesAreCorruptNotAFault() {
        EncryptingTransformer transformer = configured(EncryptionFileTest.keyed("aesgcm", "a", 32));

        for (String broken :
                List.of("k8s:enc:", "k8s:enc:aesgcm", "k8s:enc:aesgcm:v1:a", "k8s:enc:aesgcm:v1:a:", "k8s:enc:x:v1:")) {
            assertThatThrownBy(() -> transformer.fromStore(SECRETS, KEY, broken.getBytes(StandardCharsets.UTF_8)))
                    .as(broken)
                    .isInstanceOf(StorageException.Corrupt.class);
        }
    }

    @Test
    void refusesAKeyFileWithoutKeys() {
        assertThatThrownBy(() -> with("key1:c2hvcnQ=\n")).hasMessageContaining("line 1");
        assertThatThrownBy(() -> with("# nothing\n")).hasMessageContaining("no encryption key");
    }
}
