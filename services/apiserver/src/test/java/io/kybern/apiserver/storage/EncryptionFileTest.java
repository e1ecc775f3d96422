package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class EncryptionFileTest {

    private static final GroupResource SECRETS = new GroupResource("", "secrets");

    /** A configuration for some resources. */
    static byte[] configuration(String resources, String providers) {
        return """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                  - resources: [%s]
                    providers:
                %s""".formatted(resources, providers).getBytes(StandardCharsets.UTF_8);
    }

    /** A provider with one key, whose bytes follow from its name. */
    static String keyed(String provider, String name, int bytes) {
        String secret = Base64.getEncoder()
                .encodeToString(name.repeat(bytes).substring(0, bytes).getBytes(StandardCharsets.UTF_8));
        return "      - " + provider + ": {keys: [{name: " + name + ", secret: " + secret + "}]}\n";
    }

    private static List<String> seals(String resources, GroupResource asked) {
        byte[] file = configuration(resources, keyed("aesgcm", "a", 32) + "      - identity: {}\n");
        return EncryptionFile.read(file).providers(asked).stream()
                .map(each -> each.getClass().getSimpleName())
                .toList();
    }

    @Test
    void resourcesAreNamedByGroupAndByWildcards() {
        GroupResource deployments = new GroupResource("apps", "deployments");
        List<String> both = List.of("Sealed", "Identity");

        assertThat(seals("secrets", SECRETS)).isEqualTo(both);
        assertThat(seals("secrets", deployments)).isEmpty();
        assertThat(seals("deployments.apps", deployments)).isEqualTo(both);
        assertThat(seals("deployments.apps", new GroupResource("other", "deployments")))
                .isEmpty();
        assertThat(seals("'*.'", SECRETS)).isEqualTo(both);
        assertThat(seals("'*.'", deployments)).isEmpty();
        assertThat(seals("'*.apps'", deployments)).isEqualTo(both);
        assertThat(seals("'*.*'", deployments)).isEqualTo(both);
        assertThat(seals("'*.*'", new GroupResource("example.com", "widgets"))).isEqualTo(both);
    }

    @Test
    void theFirstEntryThatKnowsAResourceCounts() {
        EncryptionRules rules =
                EncryptionFile.read("""
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                  - resources: [events]
                    providers: [identity: {}]
                  - resources: ['*.*']
                    providers:
                %s""".formatted(keyed("aescbc", "a", 16)).getBytes(StandardCharsets.UTF_8));

        assertThat(rules.providers(new GroupResource("", "events")))
                .containsExactly(new EncryptionRules.Provider.Identity());
        assertThat(rules.providers(SECRETS)).hasOnlyElementsOfType(EncryptionRules.Provider.Sealed.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'a.B'          | identity: {}                                     | resource name should not contain capital letters
            '*'            | identity: {}                                     | use '*.' to encrypt all the resources from core API group
            'secrets.*'    | identity: {}                                     | encrypting the same resource across groups is not supported
            'a.extensions' | identity: {}                                     | 'extensions' group has been removed
            a, a           | identity: {}                                     | the same resource cannot be specified multiple times
            secrets, '*.'  | identity: {}                                     | using overlapping resources
            '*.*', a.b     | identity: {}                                     | using overlapping resources
            secrets        | {identity: {}, aesgcm: {}}                       | more than one provider specified in a single element
            secrets        | nothing: {}                                      | does not contain any of the expected providers
            secrets        | aesgcm: {}                                       | at least one keys is required
            secrets        | aesgcm: {keys: [{name: a}]}                      | secret is a mandatory field for a key
            secrets        | aesgcm: {keys: [{secret: AAAA}]}                 | name is a mandatory field for a key
            secrets        | aescbc: {keys: [{name: a, secret: '!'}]}         | secrets must be base64 encoded
            secrets        | aescbc: {keys: [{name: a, secret: c2hvcnQ=}]}    | got 5, expected one of [16 24 32]
            secrets        | secretbox: {keys: [{name: a, secret: AAAA}]}     | resources[0].providers[0].secretbox: Forbidden
            secrets        | kms: {name: a}                                   | resources[0].providers[0].kms: Forbidden
            """, quoteCharacter = '"')
    void whatIsWrongIsSaidWithoutShowingAKey(String resources, String provider, String message) {
        byte[] file = configuration(resources, "      - " + provider + "\n");

        assertThatThrownBy(() -> EncryptionFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("c2hvcnQ=");
    }

    @Test
    void otherFilesAreRefused() {
        assertThatThrownBy(() -> EncryptionFile.read("kind: Pod".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("no EncryptionConfiguration");
        assertThatThrownBy(() -> EncryptionFile.read("a: [".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("no YAML");
        assertThatThrownBy(() -> EncryptionFile.read(configuration("", "")))
                .hasMessageContaining("resources[0].resources: Required value")
                .hasMessageContaining("resources[0].providers: Required value");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {resources: [secrets], providers: [{identity: {}}]}                   | resources: Invalid value: it must be a list
            [{resources: {a: secrets}, providers: [{identity: {}}]}]              | resources[0].resources: Invalid value
            [{resources: [secrets], providers: {identity: {}}}]                   | resources[0].providers: Invalid value
            [{resources: [secrets], providers: [{aesgcm: {keys: {name: a}}}]}]    | providers[0].aesgcm.keys: Invalid value
            [{resources: [secrets], providers: [identity]}]                       | resources[0].providers[0]: Invalid value
            [[secrets]]                                                           | resources[0].resources: Required value
            secrets                                                               | resources: Invalid value: it must be a list
            """, quoteCharacter = '"')
    void whatIsNoListIsRefused(String resources, String message) {
        String file = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: " + resources;

        assertThatThrownBy(() -> EncryptionFile.read(file.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aChangedFileIsUsedAndABrokenOneIsNot(@TempDir Path directory) throws IOException {
        Path file =
                Files.write(directory.resolve("encryption.yml"), configuration("secrets", keyed("aesgcm", "a", 32)));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        EncryptionReload reload = EncryptionReload.of(
                new StorageProperties(null, file, Duration.ofHours(1), Duration.ZERO, Duration.ZERO, Duration.ZERO, 1),
                meters);

        reload.look();
        assertThat(count(meters, "success")).isZero();

        Files.write(file, configuration("secrets", keyed("aesgcm", "b", 32)));
        reload.look();
        assertThat(count(meters, "success")).isEqualTo(1);
        assertThat(writesWith(reload)).startsWith("k8s:enc:aesgcm:v1:b:");

        Files.writeString(file, "broken");
        reload.look();
        reload.look();
        assertThat(count(meters, "failure")).as("reported once").isEqualTo(1);
        assertThat(writesWith(reload)).startsWith("k8s:enc:aesgcm:v1:b:");

        Files.writeString(file, """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources: {resources: [secrets], providers: [{identity: {}}]}
                """);
        reload.look();
        assertThat(count(meters, "failure")).isEqualTo(2);
        assertThat(writesWith(reload)).startsWith("k8s:enc:aesgcm:v1:b:");

        Files.write(file, configuration("secrets", keyed("aesgcm", "c", 32)));
        reload.look();
        assertThat(count(meters, "success")).isEqualTo(2);
        assertThat(writesWith(reload)).startsWith("k8s:enc:aesgcm:v1:c:");

        Files.delete(file);
        reload.look();
        assertThat(writesWith(reload)).startsWith("k8s:enc:aesgcm:v1:c:");
    }

    private static String writesWith(EncryptionReload reload) {
        byte[] stored = reload.transformer()
                .toStore(SECRETS, new ObjectKey("default", "a"), "{}".getBytes(StandardCharsets.UTF_8));
        return new String(stored, StandardCharsets.ISO_8859_1);
    }

    private static double count(SimpleMeterRegistry meters, String status) {
        return meters.get("apiserver.encryption.config.controller.automatic.reloads")
                .tag("status", status)
                .counter()
                .count();
    }
}
