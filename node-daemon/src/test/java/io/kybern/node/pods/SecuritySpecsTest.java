package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Of which groups a container's processes are. */
@Timeout(60)
class SecuritySpecsTest {

    @TempDir
    private Path directory;

    @BeforeEach
    void image() throws IOException {
        Path etc = Files.createDirectories(directory.resolve("lower/etc"));
        Files.writeString(etc.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001::/home:/bin/sh\n");
        Files.writeString(
                etc.resolve("group"), "root:x:0:\nalice:x:1001:\nin-image:x:50000:bob,alice\nothers:x:6:bob\n");
        Files.createDirectories(directory.resolve("upper/usr"));
    }

    private ImageAccounts accounts() {
        return ImageAccounts.of(List.of(
                directory.resolve("upper").toString(),
                directory.resolve("lower").toString()));
    }

    private static Pod pod(String context) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p }
                spec:
                  securityContext: { %s }
                  containers: [{ name: c, image: i }]
                """.formatted(context), Pod.class);
    }

    private ContainerSpec.Security of(String context, String imageUser) throws ContainerFailure {
        Pod pod = pod(context);
        return SecuritySpecs.of(
                pod,
                pod.getSpec().getContainers().getFirst(),
                new ImageDetails("sha256:1", List.of("i"), 1, imageUser, Map.of()),
                profiles(),
                this::accounts);
    }

    private HostProfiles profiles() {
        return new HostProfiles(directory.resolve("seccomp"), true, directory.resolve("profiles"));
    }

    @Test
    void theGroupsThatTheImageListsAreMergedWithThoseThatAreAskedFor() throws ContainerFailure {
        var merged = of("runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000]", "");
        assertThat(merged.user()).isEqualTo("1000:3000");
        assertThat(merged.groups()).containsExactly("4000", "50000");
        // without a group of its own the engine finds them itself
        var found = of("runAsUser: 1000, supplementalGroups: [4000]", "");
        assertThat(found.user()).isEqualTo("1000");
        assertThat(found.groups()).containsExactly("4000");
    }

    @Test
    void withTheStrictPolicyOnlyThoseCountThatAreAskedFor() throws ContainerFailure {
        String strict = "supplementalGroupsPolicy: Strict, supplementalGroups: [4000]";
        assertThat(of(strict + ", runAsUser: 1000, runAsGroup: 3000", "").user())
                .isEqualTo("1000:3000");
        assertThat(of(strict + ", runAsUser: 1000", "").user()).isEqualTo("1000:1001");
        assertThat(of(strict + ", runAsUser: 77", "").user()).isEqualTo("77:0");
        assertThat(of(strict, "alice").user()).isEqualTo("alice:1001");
        assertThat(of(strict, "alice:others").user()).isEqualTo("alice:others");
        assertThat(of(strict, "").user()).isEqualTo("0:0");
        assertThat(of(strict + ", runAsUser: 1000, runAsGroup: 3000, fsGroup: 4000", "")
                        .groups())
                .containsExactly("4000");
    }

    @Test
    void anEngineThatDoesNotTellOfItsImagesIsNoReasonToRefuse() throws ContainerFailure {
        Pod pod = pod("runAsUser: 1000, runAsGroup: 3000");
        var security = SecuritySpecs.of(
                pod,
                pod.getSpec().getContainers().getFirst(),
                new ImageDetails("sha256:1", List.of("i"), 1, "", Map.of()),
                profiles(),
                () -> {
                    throw RuntimeFailure.answered(RuntimeFailure.Kind.REFUSED, "no", new IOException("no"));
                });
        assertThat(security.user()).isEqualTo("1000:3000");
        assertThat(security.groups()).isEmpty();
    }

    @Test
    void anImageDoesNotLeadToTheFilesOfTheMachine() throws IOException {
        Path secret = Files.createDirectories(directory.resolve("machine"));
        Files.writeString(secret.resolve("passwd"), "alice:x:1000:42::/:/bin/sh\n");
        Files.createDirectories(directory.resolve("linked"));
        Files.createSymbolicLink(directory.resolve("linked/etc"), secret);
        Files.createDirectories(directory.resolve("file/etc"));
        Files.createSymbolicLink(directory.resolve("file/etc/passwd"), secret.resolve("passwd"));
        for (String layer : List.of("linked", "file")) {
            var accounts = ImageAccounts.of(List.of(directory.resolve(layer).toString()));
            assertThat(accounts.primaryGroup("1000")).isEqualTo("0");
        }
    }

    private ContainerSpec.Security confined(String context, String annotation) throws ContainerFailure {
        Pod pod = pod("seccompProfile: { type: Unconfined }");
        if (!annotation.isEmpty()) {
            pod.getMetadata().setAnnotations(Map.of("container.apparmor.security.beta.kubernetes.io/c", annotation));
        }
        pod.getSpec()
                .getContainers()
                .getFirst()
                .setSecurityContext(Serialization.unmarshal(context, SecurityContext.class));
        return SecuritySpecs.of(
                pod,
                pod.getSpec().getContainers().getFirst(),
                new ImageDetails("sha256:1", List.of("i"), 1, "", Map.of()),
                profiles(),
                this::accounts);
    }

    @Test
    void whatTheEngineCannotGiveIsRefused() {
        assertThatThrownBy(() -> confined("procMount: Unmasked", ""))
                .isInstanceOf(ContainerFailure.class)
                .hasMessageContaining("is not supported on this node");
    }

    @Test
    void systemCallsAreNotFilteredIfNobodyAsksForIt() throws ContainerFailure {
        assertThat(of("runAsUser: 1", "").seccomp()).isEqualTo("unconfined");
    }

    @Test
    void systemCallsAreFilteredByTheProfileThatIsAskedFor() throws Exception {
        Path file = Files.createDirectories(directory.resolve("seccomp/team")).resolve("p.json");
        Files.writeString(file, "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}\n");
        assertThat(confined("seccompProfile: { type: Localhost, localhostProfile: team/p.json }", "")
                        .seccomp())
                .isEqualTo("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
        assertThat(confined("seccompProfile: { type: RuntimeDefault }", "").seccomp())
                .isNull();
        assertThat(confined("runAsUser: 1", "").seccomp()).isEqualTo("unconfined");
    }

    @Test
    void aProfileThatCannotBeHadIsTold() throws Exception {
        Path root = Files.createDirectories(directory.resolve("seccomp"));
        Files.writeString(directory.resolve("outside.json"), "{}");
        Files.writeString(root.resolve("text.json"), "allow all");
        for (String name : List.of("missing.json", "../outside.json", "text.json")) {
            assertThatThrownBy(
                            () -> confined("seccompProfile: { type: Localhost, localhostProfile: " + name + " }", ""))
                    .isInstanceOfSatisfying(ContainerFailure.class, failure -> assertThat(failure.reason())
                            .isEqualTo("CreateContainerError"))
                    .hasMessageStartingWith(
                            "failed to generate seccomp security options for container \"c\": cannot load seccomp profile \""
                                    + root.resolve(name).normalize() + "\": ");
        }
        assertThatThrownBy(() -> confined("seccompProfile: { type: Localhost, localhostProfile: missing.json }", ""))
                .hasMessageEndingWith(": open " + root.resolve("missing.json") + ": no such file or directory");
    }

    @Test
    void aProfileOfAppArmorIsUsedWhereItIsLoaded() throws Exception {
        Files.writeString(
                directory.resolve("profiles"), "docker-default (enforce)\nmy-profile (enforce)\nmy (complain)\n");
        assertThat(confined("appArmorProfile: { type: Localhost, localhostProfile: my-profile }", "")
                        .appArmor())
                .isEqualTo("my-profile");
        assertThat(confined("appArmorProfile: { type: RuntimeDefault }", "").appArmor())
                .isNull();
        assertThat(confined("appArmorProfile: { type: Unconfined }", "localhost/my-profile")
                        .appArmor())
                .isEqualTo("unconfined");
        assertThat(confined("runAsUser: 1", "localhost/my").appArmor()).isEqualTo("my");
        assertThat(confined("runAsUser: 1", "unconfined").appArmor()).isEqualTo("unconfined");
        assertThat(confined("runAsUser: 1", "runtime/default").appArmor()).isNull();
        assertThatThrownBy(() -> confined("appArmorProfile: { type: Localhost, localhostProfile: my-prof }", ""))
                .hasMessage("failed to generate apparmor spec opts: apparmor profile not found my-prof");
    }
}
