package io.kybern.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Paths of the machine that are to be of a certain type, and some of which are made. See <a
 * href="https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types">hostPath volume types</a>.
 */
final class HostPaths {

    private static final int DIRECTORY_MODE = 0755;

    /** The part of a file's mode that tells its type, and what stands there. */
    private static final int TYPE = 0170000;

    private static final int SOCKET = 0140000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int CHARACTER_DEVICE = 0020000;

    private HostPaths() {}

    /** Whether the path is of that type now; those that may be made are. */
    static boolean ready(Path path, String type) throws IOException {
        return switch (type) {
            case "DirectoryOrCreate" -> {
                if (!Files.exists(path)) {
                    Files.createDirectories(path);
                    Files.setPosixFilePermissions(path, AtomicDirectory.permissions(DIRECTORY_MODE));
                }
                yield Files.isDirectory(path);
            }
            case "FileOrCreate" -> {
                if (!Files.exists(path)) {
                    Files.createFile(path);
                }
                yield Files.isRegularFile(path);
            }
            case "Directory" -> Files.isDirectory(path);
            case "File" -> Files.isRegularFile(path);
            case "Socket" -> is(path, SOCKET);
            case "CharDevice" -> is(path, CHARACTER_DEVICE);
            case "BlockDevice" -> isBlockDevice(path);
            default -> {
                // as with the engine's own binds, a path that is missing becomes a directory
                if (!Files.exists(path)) {
                    Files.createDirectories(path);
                }
                yield true;
            }
        };
    }

    static boolean isBlockDevice(Path path) throws IOException {
        return is(path, BLOCK_DEVICE);
    }

    private static boolean is(Path path, int type) throws IOException {
        return Files.exists(path) && ((int) Files.getAttribute(path, "unix:mode") & TYPE) == type;
    }

    /** A type as people are told of it. */
    static String words(String type) {
        return switch (type) {
            case "Directory", "DirectoryOrCreate" -> "directory";
            case "File", "FileOrCreate" -> "file";
            case "Socket" -> "socket file";
            case "CharDevice" -> "character device";
            case "BlockDevice" -> "block device";
            default -> type;
        };
    }
}
