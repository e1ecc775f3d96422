package io.kybern.apiserver.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that secrets are encrypted with, by name. The first one encrypts, all of them decrypt: a new key goes in front, and an
 * old one out when every secret has been written again.
 */
record EncryptionKeys(String first, Map<String, SecretKey> byName) {

    private static final int KEY_BYTES = 32;

    EncryptionKeys {
        byName = Map.copyOf(byName);
        if (!byName.containsKey(first)) {
            throw new IllegalArgumentException("the key \"" + first + "\" that is to encrypt is not among the keys");
        }
    }

    /**
     * Reads a key file: one {@code name:base64} per line, 32 bytes each; empty lines and those that begin with {@code #} do not
     * count.
     *
     * @throws IllegalArgumentException if a line is not such a key, or there is none
     */
    static EncryptionKeys read(Path file) {
        Map<String, SecretKey> keys = new LinkedHashMap<>();
        try {
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank() && !line.startsWith("#")) {
                    int colon = line.indexOf(':');
                    byte[] key = colon < 1
                            ? new byte[0]
                            : decode(line.substring(colon + 1).strip());
                    if (key.length != KEY_BYTES) {
                        throw new IllegalArgumentException(
                                file + ", line " + number + ": expected name:base64 of " + KEY_BYTES + " bytes");
                    }
                    keys.put(line.substring(0, colon), new SecretKeySpec(key, "AES"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the encryption keys in " + file + " cannot be read", e);
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(file + " holds no encryption key");
        }
        return new EncryptionKeys(keys.keySet().iterator().next(), keys);
    }

    /** The key that encrypts. */
    SecretKey encrypting() {
        return Objects.requireNonNull(byName.get(first), first);
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /** Names the keys, never shows them. */
    @Override
    public String toString() {
        return "EncryptionKeys" + byName.keySet();
    }
}
