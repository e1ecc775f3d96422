package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.node.runtime.RegistryLogin;
import io.kybern.testing.MutableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PulledImagesTest {

    private static final String IMAGE = "registry.example/app:1";
    private static final String ID = "sha256:1";

    @TempDir
    private Path directory;

    private PulledImages images;
    private final MutableClock clock = new MutableClock();

    private static PullLogin login(String secret, String uid, String password) {
        return new PullLogin(
                new PullLogin.Origin("ns", secret, uid),
                new RegistryLogin("registry.example", "me", password, null, null));
    }

    @BeforeEach
    void begin() {
        images = with(ImageVerification.DEFAULT);
    }

    /** As a daemon that starts on what is kept in the files. */
    private PulledImages with(ImageVerification verification) {
        return new PulledImages(directory, verification, Clock.systemUTC());
    }

    private boolean mustFetch(PullLogin... logins) {
        return images.mustFetch(IMAGE, ID, () -> List.of(logins));
    }

    private void fetched(PullLogin... with) throws IOException {
        images.begins(IMAGE);
        images.succeeded(IMAGE, ID, with.length == 0 ? null : with[0]);
    }

    private List<String> files(String kind) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(kind))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void anImageThatThisNodeDidNotFetchIsForEveryone() {
        assertThat(mustFetch()).isFalse();
    }

    @Test
    void anImageThatWasFetchedWithoutALoginIsForEveryone() throws IOException {
        fetched();
        assertThat(mustFetch()).isFalse();
        fetched(login("door", "1", "a"));
        assertThat(mustFetch()).isFalse();
    }

    @Test
    void anImageThatWasFetchedWithALoginIsForThoseWhoHaveIt() throws IOException {
        fetched(login("door", "1", "a"));
        assertThat(mustFetch()).isTrue();
        assertThat(mustFetch(login("other", "2", "b"))).isTrue();
        assertThat(mustFetch(login("door", "3", "b"))).isTrue();
        assertThat(mustFetch(login("door", "1", "a"))).isFalse();
    }

    @Test
    void theSameLoginInAnotherSecretAndTheSameSecretWithAnotherLoginDo() throws IOException {
        fetched(login("door", "1", "a"));
        assertThat(mustFetch(login("copy", "2", "a"))).isFalse();
        assertThat(mustFetch(login("door", "1", "changed"))).isFalse();
        // and both are known from now on
        assertThat(mustFetch(login("copy", "2", "changed again"))).isFalse();
        assertThat(mustFetch(login("third", "3", "changed"))).isFalse();
    }

    @Test
    void anImageIsFetchedAgainUnderTheNameOfAnotherRepository() throws IOException {
        fetched();
        assertThat(images.mustFetch("registry.example/app:2", ID, List::of)).isFalse();
        assertThat(images.mustFetch("registry.example/other:1", ID, List::of)).isTrue();
    }

    @Test
    void aDaemonThatStartsAgainKnowsWhatWasFetched() throws IOException {
        fetched(login("door", "1", "a"));
        images = with(ImageVerification.DEFAULT);
        assertThat(mustFetch()).isTrue();
        assertThat(mustFetch(login("door", "1", "a"))).isFalse();
        for (String file : files("pulled")) {
            assertThat(Files.readString(directory.resolve("pulled").resolve(file)))
                    .contains(ID, "registry.example/app", "door")
                    .doesNotContain("\"a\"");
        }
    }

    @Test
    void anImageThatCameWhileTheDaemonDiedIsNotTakenForAnyones() throws IOException {
        images.begins(IMAGE);
        assertThat(mustFetch()).isTrue();
        images = with(ImageVerification.DEFAULT);
        assertThat(mustFetch()).isTrue();
        fetched();
        assertThat(mustFetch()).isFalse();
        assertThat(files("pulling")).isEmpty();
    }

    @Test
    void aFetchThatFailedLeavesNothingUnlessAnotherIsUnderWay() throws IOException {
        images.begins(IMAGE);
        images.begins(IMAGE);
        images.failed(IMAGE, PulledImages.Failure.REFUSED);
        assertThat(files("pulling")).hasSize(1);
        images.failed(IMAGE, PulledImages.Failure.REFUSED);
        assertThat(files("pulling")).isEmpty();
        assertThat(mustFetch()).isFalse();
    }

    @Test
    void anImageThatIsGoneIsForgotten() throws IOException {
        fetched(login("door", "1", "a"));
        images.keep(Set.of(), Instant.EPOCH);
        assertThat(files("pulled")).hasSize(1);
        images.keep(Set.of(ID), Instant.MAX);
        assertThat(files("pulled")).hasSize(1);
        images.keep(Set.of("sha256:2"), Instant.MAX);
        assertThat(files("pulled")).isEmpty();
    }

    private void damage(String content) throws IOException {
        for (String file : files("pulled")) {
            Files.writeString(directory.resolve("pulled").resolve(file), content);
        }
        images = with(ImageVerification.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "null",
                "{\"image\":\"sha256:2\",\"updatedMillis\":1,\"repositories\":{}}",
                "{\"image\":\"sha256:1\",\"updatedMillis\":1,\"repositories\":{\"registry.example/app\":null}}"
            })
    void aRecordThatIsDamagedOpensTheImageToNobody(String content) throws IOException {
        fetched(login("door", "1", "a"));
        damage(content);
        assertThat(mustFetch()).isTrue();
        assertThat(mustFetch(login("door", "1", "a"))).isTrue();
        assertThat(images.mustFetch("registry.example/loaded:1", "sha256:3", List::of))
                .isFalse();
        fetched(login("door", "1", "a"));
        assertThat(mustFetch(login("door", "1", "a"))).isFalse();
        images = with(ImageVerification.DEFAULT);
        assertThat(mustFetch(login("door", "1", "a"))).isFalse();
    }

    @Test
    void aRecordThatIsDamagedGoesWithItsImage() throws IOException {
        fetched(login("door", "1", "a"));
        damage("{");
        images.keep(Set.of(ID), Instant.MAX);
        assertThat(files("pulled")).hasSize(1);
        images.keep(Set.of("sha256:2"), Instant.MAX);
        assertThat(files("pulled")).isEmpty();
        assertThat(mustFetch()).isFalse();
    }

    @Test
    void ifTheRecordsCannotBeListedEachImageMustBeFetched() throws IOException {
        Files.writeString(directory.resolve("pulled"), "not a directory");
        images = with(ImageVerification.DEFAULT);
        assertThat(mustFetch()).isTrue();
    }

    @Test
    void aFetchThatCannotBeNotedMustNotBegin() throws IOException {
        Files.writeString(directory.resolve("pulling"), "not a directory");
        assertThatThrownBy(() -> images.begins(IMAGE))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("failed to record image pull intent: ");
        Files.delete(directory.resolve("pulling"));
        assertThat(mustFetch()).isFalse();
    }

    @Test
    void theNoteOfAFetchStaysUntilItsRecordIsWritten() throws IOException {
        Files.writeString(directory.resolve("pulled"), "not a directory");
        fetched(login("door", "1", "a"));
        assertThat(files("pulling")).hasSize(1);
        assertThat(mustFetch()).isTrue();
        assertThat(mustFetch(login("door", "1", "a"))).isFalse();
        // another one that fails does not remove it
        images.begins(IMAGE);
        images.failed(IMAGE, PulledImages.Failure.REFUSED);
        assertThat(files("pulling")).hasSize(1);
        Files.delete(directory.resolve("pulled"));
        images = with(ImageVerification.DEFAULT);
        assertThat(mustFetch()).isTrue();
        fetched(login("door", "1", "a"));
        assertThat(files("pulling")).isEmpty();
        assertThat(files("pulled")).hasSize(1);
    }

    @Test
    void aRecordThatCouldNotBeWrittenIsWrittenByTheNextFetch() throws IOException {
        Files.writeString(directory.resolve("pulled"), "not a directory");
        fetched(login("door", "1", "a"));
        Files.delete(directory.resolve("pulled"));
        fetched(login("door", "1", "a"));
        assertThat(files("pulling")).isEmpty();
        assertThat(files("pulled")).hasSize(1);
    }

    @Test
    void theNoteOfAFetchOfUncertainEndStaysUntilTheImageIsKnownNotToBeHere() throws IOException {
        images.begins(IMAGE);
        images.failed(IMAGE, PulledImages.Failure.UNCERTAIN);
        assertThat(mustFetch()).isTrue();
        images = with(ImageVerification.DEFAULT);
        images.begins(IMAGE);
        images.failed(IMAGE, PulledImages.Failure.REFUSED);
        assertThat(mustFetch()).isTrue();
        images.begins(IMAGE);
        images.failed(IMAGE, PulledImages.Failure.ABSENT);
        assertThat(mustFetch()).isFalse();
        assertThat(files("pulling")).isEmpty();
    }

    @Test
    void nothingIsLeftOfWhatCouldNotBeWritten() throws IOException {
        // what is in the way cannot be replaced by a file
        fetched();
        Path record = directory.resolve("pulled").resolve(files("pulled").getFirst());
        Files.delete(record);
        Files.createDirectories(record.resolve("full"));
        fetched();
        assertThat(files("")).containsExactlyInAnyOrder("pulled", "pulling");
        Files.writeString(directory.resolve("image123.tmp"), "");
        images = with(ImageVerification.DEFAULT);
        assertThat(files("")).containsExactlyInAnyOrder("pulled", "pulling");
    }

    @Test
    void anImageThatIsFetchedAgainIsNewerThanTheListsOfBefore() throws IOException {
        clock.set(Instant.ofEpochSecond(10));
        images = new PulledImages(directory, ImageVerification.DEFAULT, clock);
        fetched(login("door", "1", "a"));
        clock.set(Instant.ofEpochSecond(20));
        fetched(login("door", "1", "a"));
        images.keep(Set.of(), Instant.ofEpochSecond(15));
        assertThat(mustFetch()).isTrue();
    }

    @Test
    void noPodWaitsForTheLoginsOfAnother() throws Exception {
        fetched(login("door", "1", "a"));
        AtomicBoolean other = new AtomicBoolean();
        images.mustFetch(IMAGE, ID, () -> {
            Thread thread = Thread.startVirtualThread(() -> other.set(mustFetch()));
            try {
                thread.join();
            } catch (InterruptedException ended) {
                throw new IllegalStateException(ended);
            }
            return List.of();
        });
        assertThat(other).isTrue();
    }

    @Test
    void otherPoliciesAskForMoreOrLess() throws IOException {
        fetched(login("door", "1", "a"));
        images = with(new ImageVerification(ImageVerification.Policy.NEVER_VERIFY, List.of()));
        assertThat(mustFetch()).isFalse();
        images = with(new ImageVerification(ImageVerification.Policy.ALWAYS_VERIFY, List.of()));
        assertThat(mustFetch()).isTrue();
        assertThat(images.mustFetch("registry.example/loaded:1", "sha256:3", List::of))
                .isTrue();
        images = with(new ImageVerification(
                ImageVerification.Policy.NEVER_VERIFY_ALLOWLISTED_IMAGES,
                List.of("registry.example/app", "docker.io/library/*")));
        assertThat(mustFetch()).isFalse();
        assertThat(images.mustFetch("busybox:1", "sha256:4", List::of)).isFalse();
        assertThat(images.mustFetch("registry.example/app2:1", "sha256:4", List::of))
                .isTrue();
        assertThatThrownBy(() -> new ImageVerification(
                        ImageVerification.Policy.NEVER_VERIFY_ALLOWLISTED_IMAGES, List.of("*/app")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
