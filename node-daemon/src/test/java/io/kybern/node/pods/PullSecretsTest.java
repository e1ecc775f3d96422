package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.kybern.node.runtime.RegistryLogin;
import java.nio.charset.StandardCharsets;
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
class PullSecretsTest {

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Secret secret(String json) {
        return new SecretBuilder().addToData(".dockerconfigjson", base64(json)).build();
    }

    @ParameterizedTest
    @CsvSource({
        "registry.example.com, registry.example.com/a/b:1, true",
        "https://registry.example.com/v1/, registry.example.com/a/b:1, true",
        "registry.example.com/a, registry.example.com/a/b:1, true",
        "registry.example.com/c, registry.example.com/a/b:1, false",
        "*.example.com, registry.example.com/a/b:1, true",
        "*.example.com, deep.registry.example.com/a/b:1, false",
        "registry.example.com, registry.example.com:5000/a, false",
        "registry.example.com:5000, registry.example.com:5000/a, true",
        "https://index.docker.io/v1/, busybox:1, true",
        "https://index.docker.io/v1/, someone/tool:1, true",
        "https://index.docker.io/v1/, registry.example.com/a:1, false",
    })
    void aLoginIsForTheImagesOfItsRegistry(String registry, String image, boolean matches) {
        var entries = DockerConfig.read(
                secret("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry, base64("me:secret:word"))));
        List<RegistryLogin> logins = DockerConfig.matching(entries, image).stream()
                .map(PullLogin::login)
                .toList();
        assertThat(logins).hasSize(matches ? 1 : 0);
        if (matches) {
            assertThat(logins.getFirst().user()).isEqualTo("me");
            assertThat(logins.getFirst().password()).isEqualTo("secret:word");
            assertThat(logins.getFirst().toString()).doesNotContain("word");
        }
    }

    @Test
    void theSmallestPartOfARegistryComesFirst() {
        var entries = DockerConfig.read(
                secret(
                        "{\"auths\":{\"r.io\":{\"username\":\"all\",\"password\":\"1\"},\"r.io/team\":{\"username\":\"team\",\"password\":\"2\"}}}"));
        assertThat(DockerConfig.matching(entries, "r.io/team/app:1"))
                .extracting(found -> found.login().user())
                .containsExactly("team", "all");
    }

    @Test
    void aDamagedSecretGivesNoLogin() {
        assertThat(DockerConfig.read(secret("{\"auths\":"))).isEmpty();
        assertThat(DockerConfig.read(secret("{\"auths\":{\"r.io\":{\"auth\":\"%%%\"}}}")))
                .isEmpty();
    }

    @Test
    void aPodPullsWithTheLoginOfItsSecretAndTellsOfThoseThatAreMissing(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            fixture.objects.secrets.put(
                    "door",
                    secret(
                            "{\"auths\":{\"closed.example\":{\"username\":\"ali\",\"password\":\"wrong\"},\"closed.example/cave\":{\"username\":\"baba\",\"password\":\"open sesame\"}}}"));
            Pod pod = PodFixture.pod()
                    .editSpec()
                    .addNewImagePullSecret("door")
                    .addNewImagePullSecret("lost")
                    .editFirstContainer()
                    .withImage("closed.example/cave/gold:1")
                    .endContainer()
                    .endSpec()
                    .build();
            fixture.keeper.seen(pod);
            await("it runs").atMost(Duration.ofSeconds(30)).until(() -> runtime.running("main")
                    .isPresent());
            assertThat(fixture.events.messages)
                    .contains(
                            "Unable to retrieve some image pull secrets (lost); attempting to pull the image may not succeed.");
        }
    }
}
