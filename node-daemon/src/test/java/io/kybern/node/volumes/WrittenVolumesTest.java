package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WrittenVolumesTest {

    @TempDir
    Path root;

    private final List<List<String>> commands = new ArrayList<>();

    /** Whether the file could be seen, at each command. */
    private final List<Boolean> shown = new ArrayList<>();

    private static Pod pod(String spec) {
        return Serialization.unmarshal("kind: Pod\napiVersion: v1\nmetadata: { name: p }\nspec: " + spec, Pod.class);
    }

    private Path write(Pod pod, Map<String, AtomicDirectory.Entry> files) throws Exception {
        Path directory = root.resolve("v");
        new WrittenVolumes((command, input) -> {
                    commands.add(command);
                    shown.add(Files.exists(root.resolve("v/..data/token")));
                    return "";
                })
                .write(pod, "v", directory, files);
        return directory;
    }

    private static Map<String, AtomicDirectory.Entry> file(String name, Long owner) {
        return Map.of(name, new AtomicDirectory.Entry(name.getBytes(StandardCharsets.UTF_8), 0644, owner));
    }

    @Test
    void placesForOtherMountsAreThereAndStayWhenTheFilesChange() throws Exception {
        Pod pod = pod("""
                { containers: [{ name: a, volumeMounts: [{ name: v, mountPath: /etc/app }, { name: w, mountPath: /etc/app/deep/er },
                  { name: x, mountPath: /etc/app/deep/er/still }, { name: x, mountPath: /etc/apple }, { name: v, mountPath: /part, subPath: s },
                  { name: x, mountPath: /part/y }] }] }""");
        assertThat(NestedMounts.in(pod, "v")).containsExactly(Path.of("deep/er"));
        assertThat(NestedMounts.in(pod, "w")).containsExactly(Path.of("still"));
        assertThat(NestedMounts.in(pod, "x")).isEmpty();

        Path written = write(pod, file("one", null));
        write(pod, file("two", null));

        assertThat(Files.getPosixFilePermissions(written.resolve("deep/er")))
                .isEqualTo(AtomicDirectory.permissions(0755));
        assertThat(written.resolve("two")).hasContent("two");
        assertThat(written.resolve("one")).doesNotExist();
        assertThat(Files.getPosixFilePermissions(written)).isEqualTo(AtomicDirectory.permissions(0777));
        assertThat(commands).isEmpty();
    }

    @Test
    void aFileOfAUserIsGivenToItBeforeItIsSeen() throws Exception {
        Path written = write(pod("{ containers: [] }"), file("token", 1000L));
        assertThat(commands)
                .containsExactly(List.of(
                        "chown",
                        "1000",
                        written.resolve("..data").toRealPath().resolve("token").toString()));
        assertThat(shown).containsExactly(false);
        assertThat(written.resolve("token")).hasContent("token");
    }

    @Test
    void placesForOtherMountsAreMadeWhereTheyAreMissing() throws Exception {
        Pod pod = pod("""
                { containers: [{ name: a, volumeMounts: [{ name: v, mountPath: /etc/app }, { name: w, mountPath: /etc/app/deep/er },
                  { name: x, mountPath: /etc/app/one }] }] }""");
        new AtomicDirectory(root.resolve("v")).write(file("one", null));

        Path written = write(pod, file("one", null));

        assertThat(written.resolve("deep/er")).isDirectory();
        assertThat(written.resolve("one")).hasContent("one");
    }

    @Test
    void aTokenBelongsToTheOneUserThatAllContainersRunAs() {
        String one = "{ name: a, securityContext: { runAsUser: 1000 } }";
        assertThat(FileOwners.ofTokens(pod("{ containers: [" + one + "] }"))).contains(1000L);
        assertThat(FileOwners.ofTokens(
                        pod("{ securityContext: { runAsUser: 1000 }, initContainers: [{ name: i }], containers: [" + one
                                + "] }")))
                .contains(1000L);
        for (String several : new String[] {
            "{ containers: [" + one + ", { name: b }] }",
            "{ securityContext: { runAsUser: 1 }, containers: [" + one + ", { name: b }] }",
            "{ initContainers: [{ name: i, securityContext: { runAsUser: 0 } }], containers: [" + one + "] }",
            "{ securityContext: { fsGroup: 7 }, containers: [{ name: b }] }"
        }) {
            assertThat(FileOwners.ofTokens(pod(several))).as(several).isEqualTo(Optional.empty());
        }
    }
}
