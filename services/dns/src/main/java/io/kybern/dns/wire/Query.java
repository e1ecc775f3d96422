package io.kybern.dns.wire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A question as it arrived. Its bytes stay as they are, so that the answer repeats the name in the asker's own spelling and
 * other servers get what the asker sent (RFC 1035, section 4.1).
 *
 * @param message the whole message
 * @param questionEnd where the question section ends
 * @param payloadBytes how long a UDP answer may be (RFC 6891), 512 without EDNS
 * @param extended whether the asker speaks EDNS
 */
@SuppressWarnings("ArrayRecordComponent") // a message is a run of bytes that nobody compares
public record Query(byte[] message, Question question, int questionEnd, int payloadBytes, boolean extended) {

    /** What every asker takes over UDP. */
    public static final int PLAIN_PAYLOAD_BYTES = 512;

    static final int HEADER_BYTES = 12;
    static final int CLASS_IN = 1;

    private static final int CLASS_ANY = 255;
    private static final int LARGEST_PAYLOAD_BYTES = 4096;

    /**
     * Reads a message of one question.
     *
     * @throws MalformedMessageException if it is anything else
     */
    public static Query read(byte[] message) throws MalformedMessageException {
        ByteBuffer in = ByteBuffer.wrap(message);
        try {
            in.position(4);
            int questions = unsigned(in);
            int others = unsigned(in) + unsigned(in);
            int additional = unsigned(in);
            if (questions != 1 || others != 0) {
                throw new MalformedMessageException("not one question");
            }
            String name = name(in);
            int type = unsigned(in);
            int recordClass = unsigned(in);
            if (recordClass != CLASS_IN && recordClass != CLASS_ANY) {
                throw new MalformedMessageException("not of the Internet class");
            }
            int end = in.position();
            int payload = 0;
            for (int i = 0; i < additional; i++) {
                name(in);
                if (unsigned(in) == RecordType.OPT) {
                    payload = Math.clamp(unsigned(in), PLAIN_PAYLOAD_BYTES, LARGEST_PAYLOAD_BYTES);
                } else {
                    unsigned(in);
                }
                in.getInt();
                int length = unsigned(in);
                in.position(in.position() + length);
            }
            return new Query(
                    message, new Question(name, type), end, Math.max(payload, PLAIN_PAYLOAD_BYTES), payload > 0);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new MalformedMessageException("cut off");
        }
    }

    static int unsigned(ByteBuffer in) {
        return Short.toUnsignedInt(in.getShort());
    }

    /** Reads a name, following pointers backwards only, so that it ends. */
    static String name(ByteBuffer in) throws MalformedMessageException {
        List<String> labels = new ArrayList<>();
        int after = -1;
        int lowest = in.position();
        while (true) {
            int length = Byte.toUnsignedInt(in.get());
            if (length == 0) {
                break;
            }
            if (length >= 0xC0) {
                int target = (length & 0x3F) << 8 | Byte.toUnsignedInt(in.get());
                if (target >= lowest || target < HEADER_BYTES) {
                    throw new MalformedMessageException("a pointer to where no name can be");
                }
                after = after < 0 ? in.position() : after;
                lowest = target;
                in.position(target);
                continue;
            }
            if (length > 63 || labels.size() > 127) {
                throw new MalformedMessageException("a label of unknown kind");
            }
            byte[] label = new byte[length];
            in.get(label);
            String text = new String(label, StandardCharsets.ISO_8859_1);
            if (text.indexOf('.') >= 0) {
                throw new MalformedMessageException("a dot inside of a label");
            }
            labels.add(text);
        }
        if (after >= 0) {
            in.position(after);
        }
        return String.join(".", labels);
    }
}
