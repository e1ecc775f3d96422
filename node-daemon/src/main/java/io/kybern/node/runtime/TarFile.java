package io.kybern.node.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads the first regular file of a tar stream; enough for one file copied out of a container. */
final class TarFile {

    private static final int BLOCK = 512;

    private TarFile() {}

    /** The first regular file's bytes, at most {@code limit} of them; empty when the archive has none. */
    static Optional<byte[]> firstFile(InputStream tar, int limit) throws IOException {
        while (true) {
            byte[] header = tar.readNBytes(BLOCK);
            if (header.length < BLOCK || header[0] == 0) {
                return Optional.empty();
            }
            long size = size(header);
            char type = (char) header[156];
            if (type == '0' || type == 0) {
                return Optional.of(tar.readNBytes((int) Math.min(size, limit)));
            }
            tar.skipNBytes((size + BLOCK - 1) / BLOCK * BLOCK);
        }
    }

    private static long size(byte[] header) {
        String octal = new String(header, 124, 12, StandardCharsets.US_ASCII)
                .replace('\0', ' ')
                .strip();
        return octal.isEmpty() ? 0 : Long.parseLong(octal, 8);
    }
}
