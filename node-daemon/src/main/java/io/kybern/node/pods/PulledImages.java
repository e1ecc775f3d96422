package io.kybern.node.pods;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kybern.node.runtime.ImageReference;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images this node has fetched and with whose logins, so that a pod which could not fetch an image does not get it because
 * another one did. Kept in files, as by kubelets; what cannot be read there opens nothing. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2535-ensure-secret-pulled-images">KEP-2535</a>. Safe
 * to use from any thread.
 */
final class PulledImages {

    private static final Logger log = LoggerFactory.getLogger(PulledImages.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Enough for any node; the records do not grow with every secret that comes by. */
    private static final int MOST_SECRETS = 100;

    /** A login that fetched an image. */
    record Key(String namespace, String name, String uid, String hash) {

        Key {
            Objects.requireNonNull(namespace);
            Objects.requireNonNull(name);
            Objects.requireNonNull(uid);
            Objects.requireNonNull(hash);
        }

        static Key of(PullLogin login) {
            PullLogin.Origin secret = login.secret();
            return new Key(secret.namespace(), secret.name(), secret.uid(), login.hash());
        }

        /** The same login, or the same secret: whoever may change that may have what it gave before. */
        boolean opensAs(Key other) {
            return hash.equals(other.hash) || sameSecret(other);
        }

        boolean sameSecret(Key other) {
            return namespace.equals(other.namespace) && name.equals(other.name) && uid.equals(other.uid);
        }
    }

    /** Who may use an image by its name in one repository. */
    record Access(boolean everyone, List<Key> keys) {
        Access {
            keys = List.copyOf(keys);
        }
    }

    /** What is known of one image; the repositories are those by which it was fetched. */
    record Entry(String image, long updatedMillis, Map<String, Access> repositories) {
        Entry {
            Objects.requireNonNull(image);
            repositories = Map.copyOf(repositories);
        }
    }

    /** How a fetch ended that did not end well. */
    enum Failure {
        /** The image did not come. */
        REFUSED,
        /** Nobody knows whether it came. */
        UNCERTAIN,
        /** It is not on the machine, whoever fetched it. */
        ABSENT
    }

    private final Path fetched;
    private final Path underWay;
    private final ImageVerification verification;
    private final Clock clock;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, Integer> fetching = new HashMap<>();

    /** Images that came or may have come, of which only the note of the pull tells. */
    private final Set<String> uncertain = new HashSet<>();

    /** The names of the files that could not be read: each is of an image that was fetched, nobody knows with what. */
    private final Set<String> damaged = new HashSet<>();

    private boolean unreadable;

    /** @param directory where the records are and will be */
    PulledImages(Path directory, ImageVerification verification, Clock clock) {
        this.fetched = directory.resolve("pulled");
        this.underWay = directory.resolve("pulling");
        this.verification = verification;
        this.clock = clock;
        sweep(directory);
        read();
    }

    /** What a daemon that died did not finish writing. */
    private static void sweep(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, "image*.tmp")) {
            drafts.forEach(PulledImages::delete);
        } catch (IOException | DirectoryIteratorException kept) {
            log.atWarn().setCause(kept).log("drafts of records of images cannot be removed");
        }
    }

    private void read() {
        if (Files.notExists(fetched)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(fetched, "sha256-*")) {
            files.forEach(this::read);
        } catch (IOException | DirectoryIteratorException failure) {
            unreadable = true;
            log.atWarn().setCause(failure).log("the records of images are unreadable");
        }
    }

    private void read(Path file) {
        try {
            Entry entry = JSON.readValue(Files.readString(file), Entry.class);
            if (entry == null || !file.equals(file(fetched, entry.image()))) {
                throw new IOException("not of the image that its name tells");
            }
            entries.put(entry.image(), entry);
        } catch (IOException failure) {
            damaged.add(String.valueOf(file.getFileName()));
            log.atWarn().addKeyValue("file", file).setCause(failure).log("a record of an image is unreadable");
        }
    }

    /**
     * Whether a pod has to fetch an image that is here, to show that it may.
     *
     * @param logins those that the pod has for it, asked for where they matter
     */
    boolean mustFetch(String image, String id, Supplier<List<PullLogin>> logins) {
        Access access;
        synchronized (this) {
            if (!verification.wanted(image, isOurs(image, id))) {
                return false;
            }
            access = access(image, id);
        }
        if (access == null) {
            return true;
        }
        if (access.everyone()) {
            return false;
        }
        // reads from the API server, for which no other pod shall wait
        Optional<PullLogin> known = logins.get().stream()
                .filter(login -> access.keys().stream().anyMatch(Key.of(login)::opensAs))
                .findFirst();
        known.ifPresent(login -> remember(image, id, login));
        return known.isEmpty();
    }

    /** Whether this node fetched an image, or may have. What cannot be read is no proof of the contrary. */
    private boolean isOurs(String image, String id) {
        return unreadable
                || entries.containsKey(id)
                || damaged.contains(name(id))
                || fetching.containsKey(image)
                || !Files.notExists(file(underWay, image));
    }

    private @Nullable Access access(String image, String id) {
        Entry entry = entries.get(id);
        return entry == null ? null : entry.repositories().get(ImageReference.repository(image));
    }

    /** A login that is as good as one that fetched the image. */
    private synchronized void remember(String image, String id, PullLogin login) {
        Access before = access(image, id);
        if (before != null && !before.equals(with(before, login))) {
            grant(image, id, login);
        }
    }

    /**
     * A fetch begins. It is noted before, so that an image which comes while the daemon dies is not taken for anyone's.
     *
     * @throws IOException if it cannot be noted; then it must not begin
     */
    synchronized void begins(String image) throws IOException {
        Path note = file(underWay, image);
        if (!Files.exists(note)) {
            try {
                write(note, Map.of("image", image));
            } catch (IOException full) {
                throw new IOException("failed to record image pull intent: " + full, full);
            }
        } else if (!fetching.containsKey(image)) {
            // left by a daemon that died
            uncertain.add(image);
        }
        fetching.merge(image, 1, Integer::sum);
    }

    /** A fetch ended well. */
    synchronized void succeeded(String image, String id, @Nullable PullLogin with) {
        if (grant(image, id, with)) {
            uncertain.remove(image);
        } else {
            uncertain.add(image);
        }
        ended(image);
    }

    /** A fetch ended otherwise. */
    synchronized void failed(String image, Failure how) {
        switch (how) {
            case UNCERTAIN -> uncertain.add(image);
            case ABSENT -> uncertain.remove(image);
            case REFUSED -> {}
        }
        ended(image);
    }

    private void ended(String image) {
        if (fetching.merge(image, -1, Integer::sum) > 0) {
            return;
        }
        fetching.remove(image);
        if (!uncertain.contains(image)) {
            delete(file(underWay, image));
        }
    }

    /** Forgets images that are no longer here. */
    synchronized void keep(Set<String> present, Instant seen) {
        List<String> gone = entries.values().stream()
                .filter(entry -> !present.contains(entry.image())
                        && Instant.ofEpochMilli(entry.updatedMillis()).isBefore(seen))
                .map(Entry::image)
                .toList();
        for (String image : gone) {
            entries.remove(image);
            delete(file(fetched, image));
        }
        if (damaged.isEmpty()) {
            return;
        }
        // they are as old as the daemon, so older than any list of images
        Set<String> names = present.stream().map(PulledImages::name).collect(Collectors.toSet());
        for (String name : List.copyOf(damaged)) {
            if (!names.contains(name)) {
                damaged.remove(name);
                delete(fetched.resolve(name));
            }
        }
    }

    /** Answers whether it is on the disk, so that the next daemon knows it, too. */
    private boolean grant(String image, String id, @Nullable PullLogin with) {
        Entry old = entries.get(id);
        Map<String, Access> repositories = new HashMap<>(old == null ? Map.of() : old.repositories());
        String repository = ImageReference.repository(image);
        Access before = repositories.getOrDefault(repository, new Access(false, List.of()));
        repositories.put(repository, with(before, with));
        // also if nothing else changes: it is newer than the lists of images that were asked for before
        Entry entry = new Entry(id, clock.millis(), repositories);
        entries.put(id, entry);
        Path file = file(fetched, id);
        try {
            write(file, entry);
        } catch (IOException full) {
            log.atWarn().addKeyValue("file", file).setCause(full).log("a record of an image cannot be written");
            return false;
        }
        damaged.remove(name(id));
        return true;
    }

    private static Access with(Access before, @Nullable PullLogin login) {
        return login == null || before.everyone() ? new Access(true, List.of()) : with(before, Key.of(login));
    }

    private static Access with(Access before, Key key) {
        if (before.keys().contains(key) || before.keys().size() >= MOST_SECRETS) {
            return before;
        }
        List<Key> keys = new ArrayList<>(before.keys());
        // a secret that has changed is not kept twice
        keys.removeIf(key::sameSecret);
        keys.add(key);
        return new Access(false, List.copyOf(keys));
    }

    private static Path file(Path directory, String of) {
        return directory.resolve(name(of));
    }

    private static String name(String of) {
        return "sha256-" + Sha256.hex(of);
    }

    private static void write(Path file, Object content) throws IOException {
        Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
        Path draft = Files.createTempFile(directory.getParent(), "image", ".tmp");
        try {
            Files.writeString(draft, JSON.writeValueAsString(content));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            // on a full disk it stays empty, and would take one more inode with each pull
            delete(draft);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException kept) {
            log.atWarn().addKeyValue("file", file).setCause(kept).log("a record of an image cannot be removed");
        }
    }
}
