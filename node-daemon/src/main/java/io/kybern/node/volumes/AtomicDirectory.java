package io.kybern.node.volumes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose files change all at once: they live in a directory of their own behind the link {@code ..data}, which is swapped,
 * and are reached by links, as Kubernetes lays out ConfigMap volumes.
 */
final class AtomicDirectory {

    private static final String DATA = "..data";
    private static final String FRESH = "..data_tmp";

    /** The names of the directories with the files. */
    private static final Pattern WRITTEN = Pattern.compile("\\.\\.\\d+");

    /**
     * A file.
     *
     * @param mode its permission bits
     * @param owner the user that it belongs to; null for the node's own
     */
    record Entry(byte[] content, int mode, @Nullable Long owner) {

        Entry(byte[] content, int mode) {
            this(content, mode, null);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry entry
                    && entry.mode == mode
                    && Objects.equals(entry.owner, owner)
                    && Arrays.equals(entry.content, content);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(content) * 31 + mode;
        }
    }

    private final Path directory;

    AtomicDirectory(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory hold exactly those files, by relative path; no file is written if it does already. */
    void write(Map<String, Entry> files) throws IOException {
        write(files, fresh -> {});
    }

    /** As {@link #write(Map)}; what {@code finish} does to the new files is done before anybody sees them. */
    void write(Map<String, Entry> files, Consumer<Path> finish) throws IOException {
        Files.createDirectories(directory);
        Path data = directory.resolve(DATA);
        Path before = Files.isSymbolicLink(data) ? directory.resolve(Files.readSymbolicLink(data)) : null;
        sweep(before);
        if (Files.isSymbolicLink(data) && same(data, files)) {
            // the write that made it so may have ended before it came to these
            links(files.keySet());
            return;
        }
        Path fresh = Files.createTempDirectory(directory, "..");
        try {
            fill(fresh, files);
            finish.accept(fresh);
            show(fresh, data);
        } catch (IOException | RuntimeException failed) {
            discard(fresh, failed);
            throw failed;
        }
        links(files.keySet());
        if (before != null) {
            delete(before);
        }
    }

    private static void fill(Path fresh, Map<String, Entry> files) throws IOException {
        Files.setPosixFilePermissions(fresh, permissions(0755));
        for (Map.Entry<String, Entry> file : files.entrySet()) {
            Path path = fresh.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue().content());
            Files.setPosixFilePermissions(path, permissions(file.getValue().mode()));
        }
    }

    private void show(Path fresh, Path data) throws IOException {
        Path link = directory.resolve(FRESH);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, fresh.getFileName());
        Files.move(link, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What was not finished is not left to fill the volume. */
    private void discard(Path fresh, Exception failed) {
        try {
            Files.deleteIfExists(directory.resolve(FRESH));
            delete(fresh);
        } catch (IOException alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }

    /** Removes what earlier writes left that did not come to their end. */
    private void sweep(@Nullable Path current) throws IOException {
        List<Path> left;
        try (Stream<Path> list = Files.list(directory)) {
            left = list.filter(path ->
                            WRITTEN.matcher(path.getFileName().toString()).matches())
                    .filter(path -> !path.equals(current) && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
        for (Path path : left) {
            delete(path);
        }
    }

    private static boolean same(Path data, Map<String, Entry> files) throws IOException {
        Set<String> present = new HashSet<>();
        Path real = data.toRealPath();
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(real)) {
            paths = walk.filter(Files::isRegularFile).toList();
        }
        for (Path path : paths) {
            String name = real.relativize(path).toString();
            present.add(name);
            Entry wanted = files.get(name);
            if (wanted == null || !Arrays.equals(wanted.content(), Files.readAllBytes(path))) {
                return false;
            }
        }
        return present.equals(files.keySet());
    }

    /** A link for each first segment; those that nothing stands behind any more go. */
    private void links(Set<String> files) throws IOException {
        Set<String> wanted = new HashSet<>();
        for (String file : files) {
            wanted.add(Path.of(file).getName(0).toString());
        }
        for (String name : wanted) {
            Path link = directory.resolve(name);
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                Files.createSymbolicLink(link, Path.of(DATA, name));
            }
        }
        List<Path> present;
        try (Stream<Path> list = Files.list(directory)) {
            present = list.toList();
        }
        for (Path path : present) {
            String name = path.getFileName().toString();
            // directories are places where containers mount something else
            if (Files.isSymbolicLink(path) && !name.startsWith("..") && !wanted.contains(name)) {
                Files.delete(path);
            }
        }
    }

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] bits = PosixFilePermission.values();
        for (int i = 0; i < bits.length; i++) {
            if ((mode >> (bits.length - 1 - i) & 1) == 1) {
                permissions.add(bits[i]);
            }
        }
        return permissions;
    }

    /** Removes a tree; one that is gone is fine. Mounts in it must be gone before. */
    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(tree)) {
            walk.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
