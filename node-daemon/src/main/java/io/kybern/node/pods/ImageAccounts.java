package io.kybern.node.pods;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The users and groups that an image lists in its {@code /etc/passwd} and {@code /etc/group}. Links are not followed: they would
 * lead out of the image. What cannot be read lists nobody.
 */
final class ImageAccounts {

    /** Longer lists are cut: an image must not fill the daemon's memory. */
    private static final int MAX_BYTES = 1 << 20;

    private final List<String[]> users;
    private final List<String[]> groups;

    private ImageAccounts(List<String[]> users, List<String[]> groups) {
        this.users = users;
        this.groups = groups;
    }

    /** @param layers the directories that the image's files are in, the topmost first */
    static ImageAccounts of(List<String> layers) {
        return new ImageAccounts(lines(layers, "passwd"), lines(layers, "group"));
    }

    private static List<String[]> lines(List<String> layers, String name) {
        for (String layer : layers) {
            Path directory = Path.of(layer).resolve("etc");
            Path file = directory.resolve(name);
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            // in a layer that takes the file away stands something else in its place
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return List.of();
            }
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.split(":", -1))
                        .filter(parts -> parts.length > 3)
                        .toList();
            } catch (IOException unreadable) {
                return List.of();
            }
        }
        return List.of();
    }

    private Optional<String[]> user(String nameOrId) {
        return users.stream()
                .filter(parts -> parts[0].equals(nameOrId))
                .findFirst()
                .or(() -> users.stream()
                        .filter(parts -> parts[2].equals(nameOrId))
                        .findFirst());
    }

    /** The group that the user's processes have first; 0 for a user that the image does not list. */
    String primaryGroup(String nameOrId) {
        return user(nameOrId)
                .map(parts -> parts[3])
                .filter(ImageAccounts::number)
                .orElse("0");
    }

    /** The further groups that list the user as a member. */
    List<String> memberships(String nameOrId) {
        String name = user(nameOrId).map(parts -> parts[0]).orElse("");
        return name.isEmpty()
                ? List.of()
                : groups.stream()
                        .filter(parts -> List.of(parts[3].split(",")).contains(name))
                        .map(parts -> parts[2])
                        .filter(ImageAccounts::number)
                        .toList();
    }

    private static boolean number(String text) {
        return !text.isEmpty() && text.length() < 11 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
