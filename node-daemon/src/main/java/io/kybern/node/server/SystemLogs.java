package io.kybern.node.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files below the directory of the system's logs, found as kubelets find them: by the rules of Go's file server. Links are
 * followed wherever they lead, also out of the directory: links to the files of containers' logs are among them.
 */
final class SystemLogs {

    /** What is at a path. */
    sealed interface Found {

        /** A directory, as a page of links. */
        record Listing(String html) implements Found {}

        /** A regular file. */
        record File(Path path) implements Found {}

        /** Something whose address is another; relative to the one that was asked for. */
        record Elsewhere(String location) implements Found {}

        /** Nothing. */
        record Nothing() implements Found {}

        /** Something that is not shown. */
        record Closed() implements Found {}
    }

    private final Path directory;

    SystemLogs(Path directory) {
        this.directory = directory;
    }

    /** @param path decoded, below the directory, and without a slash in front; empty for the directory itself */
    Found find(String path) {
        try {
            Path file = resolve(path);
            boolean asDirectory = path.isEmpty() || path.endsWith("/");
            if (Files.isDirectory(file)) {
                return asDirectory ? new Found.Listing(listing(file)) : new Found.Elsewhere(escaped(last(path)) + "/");
            }
            if (!Files.exists(file)) {
                return new Found.Nothing();
            }
            // a pipe or a device would keep its reader waiting
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                return new Found.Closed();
            }
            return asDirectory ? new Found.Elsewhere("../" + escaped(last(path))) : new Found.File(file);
        } catch (AccessDeniedException e) {
            return new Found.Closed();
        } catch (IOException | InvalidPathException e) {
            return new Found.Nothing();
        }
    }

    /** No number of dots leads out of the directory. */
    private Path resolve(String path) {
        Deque<String> names = new ArrayDeque<>();
        for (String name : path.split("/")) {
            if (name.equals("..")) {
                names.pollLast();
            } else if (!name.isEmpty() && !name.equals(".")) {
                names.addLast(name);
            }
        }
        return directory.resolve(String.join("/", names));
    }

    private static String last(String path) {
        String[] names = path.split("/");
        return names[names.length - 1];
    }

    private static String listing(Path directory) throws IOException {
        StringBuilder page =
                new StringBuilder("<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n");
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.sorted().toList();
        } catch (UncheckedIOException e) {
            // it broke off while it was read
            throw e.getCause();
        }
        for (Path file : files) {
            String name = file.getFileName() + (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? "/" : "");
            page.append("<a href=\"")
                    .append(escaped(name))
                    .append("\">")
                    .append(asText(name))
                    .append("</a>\n");
        }
        return page.append("</pre>\n").toString();
    }

    private static String escaped(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    private static String asText(String name) {
        return name.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&#34;")
                .replace("'", "&#39;");
    }
}
