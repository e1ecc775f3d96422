package io.kybern.apiserver.endpoints;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Makes of good input what nobody should send: the same again for the same seed. */
final class HostileInput {

    /** Pieces that are at the edge of what a format allows, or beyond. */
    private static final List<String> PIECES = List.of(
            "null",
            "true",
            "\"\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "[]",
            "{}",
            "-1",
            "0",
            "1e999999999",
            "-1e-999999999",
            "9223372036854775808",
            "1".repeat(400),
            "0.1",
            "\"1e999999999\"",
            "\"9999999999999999999999Ei\"",
            "\"-\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\n",
            "\t- ",
            "&a *a",
            "!!binary x",
            "<<: *a",
            "---\n",
            "{\"$patch\": \"replace\"}",
            "{\"$patch\": \"delete\"}",
            "{\"$retainKeys\": [1]}",
            "\"$setElementOrder/containers\": [null], ",
            "\"$deleteFromPrimitiveList/finalizers\": {}, ",
            "\"metadata\": null, ",
            "\"spec\": [], ",
            "\"kind\": 1, ",
            "\"managedFields\": [{\"fieldsV1\": {\"f:\": 1}}], ",
            "\u00e9",
            "%",
            "%zz",
            "\u0000");

    private final Random random;

    HostileInput(Random random) {
        this.random = random;
    }

    /** One of several. */
    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** A good input with a few changes, seldom none. */
    byte[] spoilt(byte[] good) {
        byte[] bytes = good;
        for (int changes = random.nextInt(5); changes > 0; changes--) {
            bytes = change(bytes);
        }
        return bytes;
    }

    /** The same for text. */
    String spoilt(String good) {
        return new String(spoilt(good.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private byte[] change(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(12));
        return switch (random.nextInt(6)) {
            case 0 -> join(bytes, from, new byte[0], to);
            case 1 -> join(bytes, from, oneOf(PIECES).getBytes(StandardCharsets.UTF_8), to);
            case 2 -> join(bytes, from, oneOf(PIECES).getBytes(StandardCharsets.UTF_8), from);
            case 3 -> flipped(bytes, from);
            case 4 -> join(bytes, from, java.util.Arrays.copyOfRange(bytes, to / 2, to), from);
            default -> valueReplaced(bytes);
        };
    }

    private byte[] flipped(byte[] bytes, int at) {
        byte[] flipped = bytes.clone();
        if (at < flipped.length) {
            flipped[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        }
        return flipped;
    }

    /** Puts a piece in the place of a JSON value, so that what comes out is often still JSON. */
    private byte[] valueReplaced(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int colon = text.indexOf(':', random.nextInt(text.length() + 1));
        if (colon < 0) {
            return bytes;
        }
        int end = colon + 1;
        while (end < text.length() && ",}]\n".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return join(bytes, colon + 1, oneOf(PIECES).getBytes(StandardCharsets.UTF_8), end);
    }

    private static byte[] join(byte[] bytes, int head, byte[] middle, int tail) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, head);
        out.writeBytes(middle);
        out.write(bytes, tail, bytes.length - tail);
        return out.toByteArray();
    }
}
