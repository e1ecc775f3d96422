package io.kybern.node.env;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file with variables that one container of a pod writes and others start with: lines {@code NAME='value'}, blank lines
 * and comments. What stands between the quotes is taken as it is, over several lines if need be; a shell that reads the
 * file comes to the same values. See <a href="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-via-file/">
 * environment variables from a file</a>.
 */
final class EnvFile {

    /** KEP-3721 allows no larger file; a container must not fill the node's memory with what it writes. */
    private static final int MAX_BYTES = 64 * 1024;

    private final String text;
    private int at;
    private int line = 1;

    private EnvFile(String text) {
        this.text = text;
    }

    /**
     * The value of a variable; empty if the file does not name it. Lines after the one that does are not looked at.
     *
     * @throws ContainerConfigException if a line before it makes no sense
     */
    static Optional<String> value(String text, String name) throws ContainerConfigException {
        return new EnvFile(text).find(name);
    }

    /** The text of a file inside a volume; empty if it is not there. What leads out of the volume is not there either. */
    static Optional<String> read(Path volume, String path) throws IOException {
        Path file = volume.resolve(path);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Path real;
        try {
            real = file.toRealPath();
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
        if (!real.startsWith(volume.toRealPath()) || !Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("the file is larger than " + MAX_BYTES + " bytes");
            }
            return Optional.of(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    private Optional<String> find(String name) throws ContainerConfigException {
        while (at < text.length()) {
            skipBlanks();
            if (at >= text.length()) {
                break;
            }
            if (text.charAt(at) == '#' || text.charAt(at) == '\n') {
                skipLine();
                continue;
            }
            String found = name();
            String value = quoted();
            if (found.equals(name)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /** What stands before the equals sign, which is passed. */
    private String name() throws ContainerConfigException {
        int end = text.indexOf('\n', at);
        int equals = text.indexOf('=', at);
        if (equals <= at || end >= 0 && end < equals) {
            throw fault("invalid environment variable format at line " + line);
        }
        String name = text.substring(at, equals);
        if (!name.equals(name.strip())) {
            throw fault(
                    "invalid environment variable format at line " + line + ": whitespace before '=' is not allowed");
        }
        at = equals + 1;
        return name;
    }

    /** The value, and with it all that is left of its last line. */
    private String quoted() throws ContainerConfigException {
        int first = line;
        if (at >= text.length() || text.charAt(at) != '\'') {
            throw fault("invalid environment variable format at line " + first
                    + ": value must be enclosed in single quotes");
        }
        int close = text.indexOf('\'', at + 1);
        if (close < 0) {
            throw fault("invalid environment variable format at line " + first + ": unclosed single quote");
        }
        String value = text.substring(at + 1, close);
        line += (int) value.chars().filter(c -> c == '\n').count();
        at = close + 1;
        boolean apart = skipBlanks();
        boolean comment = apart && at < text.length() && text.charAt(at) == '#';
        if (at < text.length() && text.charAt(at) != '\n' && !comment) {
            throw fault(
                    "invalid environment variable format at line " + line + ": unexpected content after closing quote");
        }
        skipLine();
        return value;
    }

    private boolean skipBlanks() {
        int from = at;
        while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at > from;
    }

    private void skipLine() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end + 1;
        line++;
    }

    private static ContainerConfigException fault(String message) {
        return ContainerConfigException.because(message);
    }
}
