package io.kybern.dns.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads what other servers answered. */
public final class Reply {

    private static final int TRUNCATED = 0x02;

    private Reply() {}

    /** Whether the answer is longer than UDP carries. */
    public static boolean isTruncated(byte[] message) {
        return message.length > 2 && (message[2] & TRUNCATED) != 0;
    }

    /** Whether the message is the answer to the query, by number and question. */
    public static boolean answers(byte[] message, byte[] query) {
        if (message.length < Query.HEADER_BYTES
                || message[0] != query[0]
                || message[1] != query[1]
                || (message[2] & 0x80) == 0) {
            return false;
        }
        try {
            ByteBuffer asked = ByteBuffer.wrap(query).position(Query.HEADER_BYTES);
            ByteBuffer answered = ByteBuffer.wrap(message).position(Query.HEADER_BYTES);
            return Query.name(asked).equalsIgnoreCase(Query.name(answered))
                    && Query.unsigned(asked) == Query.unsigned(answered);
        } catch (MalformedMessageException | BufferUnderflowException | IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The code, the addresses and the aliases of an answer; other records are left out.
     *
     * @throws MalformedMessageException if it cannot be read
     */
    public static Answer read(byte[] message) throws MalformedMessageException {
        ByteBuffer in = ByteBuffer.wrap(message);
        try {
            int number = in.get(3) & 0x0F;
            in.position(4);
            int questions = Query.unsigned(in);
            int answers = Query.unsigned(in);
            in.position(Query.HEADER_BYTES);
            for (int i = 0; i < questions; i++) {
                Query.name(in);
                in.getInt();
            }
            List<ResourceRecord> records = new ArrayList<>();
            for (int i = 0; i < answers; i++) {
                readRecord(in, records);
            }
            ResponseCode[] codes = ResponseCode.values();
            ResponseCode code = number < codes.length ? codes[number] : ResponseCode.SERVFAIL;
            return new Answer(code, records, List.of(), List.of());
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new MalformedMessageException("cut off");
        } catch (UnknownHostException e) {
            throw new MalformedMessageException("an address of odd length");
        }
    }

    private static void readRecord(ByteBuffer in, List<ResourceRecord> records)
            throws MalformedMessageException, UnknownHostException {
        String name = Query.name(in).toLowerCase(Locale.ROOT);
        int type = Query.unsigned(in);
        Query.unsigned(in);
        int ttlSeconds = Math.max(0, in.getInt());
        int length = Query.unsigned(in);
        int end = in.position() + length;
        if (type == RecordType.A || type == RecordType.AAAA) {
            byte[] address = new byte[length];
            in.get(address);
            records.add(
                    new ResourceRecord(name, ttlSeconds, new RecordData.Address(InetAddress.getByAddress(address))));
        } else if (type == RecordType.CNAME) {
            String target = Query.name(in).toLowerCase(Locale.ROOT);
            records.add(new ResourceRecord(name, ttlSeconds, new RecordData.Alias(target)));
        }
        in.position(end);
    }
}
