package io.kybern.examples.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The Redis protocol, version 2: a command as bytes, and an answer read from bytes. */
final class Resp {

    private Resp() {}

    /** A command and its arguments, as an array of byte strings. */
    static byte[] command(String... words) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(UTF_8);
            request.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
            request.writeBytes(bytes);
            request.writeBytes("\r\n".getBytes(UTF_8));
        }
        return request.toByteArray();
    }

    /**
     * Reads the answer to a command, and nothing behind it.
     *
     * @throws RedisException if the answer is an error, or none that the protocol knows
     */
    static Reply answer(String command, InputStream in) throws IOException {
        int type = in.read();
        String line = line(in);
        return switch (type) {
            case '+' -> new Reply.Text(line);
            case ':' -> new Reply.Number(number(command, line));
            case '-' -> throw RedisException.refused(command, line);
            case '$' -> bulk(number(command, line), in);
            case '*' -> {
                List<Reply> items = new ArrayList<>();
                for (long left = number(command, line); left > 0; left--) {
                    items.add(answer(command, in));
                }
                yield new Reply.Many(items);
            }
            default -> throw RedisException.unexpected(command, (char) type + line);
        };
    }

    private static Reply bulk(long length, InputStream in) throws IOException {
        if (length < 0) {
            return new Reply.Nothing();
        }
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length) {
            throw new EOFException("the connection ended within an answer");
        }
        line(in);
        return new Reply.Text(new String(bytes, UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended within an answer");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(UTF_8);
    }

    private static long number(String command, String line) throws RedisException {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw RedisException.unexpected(command, line);
        }
    }
}
