package io.kybern.dns.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes answers, with names compressed (RFC 1035, section 4.1.4). */
public final class MessageWriter {

    private static final int RESPONSE = 0x80;
    private static final int AUTHORITATIVE = 0x04;
    private static final int TRUNCATED = 0x02;
    private static final int RECURSION_DESIRED = 0x01;
    private static final int OPCODE = 0x78;
    private static final int RECURSION_AVAILABLE = 0x80;
    private static final int OPT_BYTES = 11;
    private static final int LARGEST_POINTER = 0x3FFF;

    private final Query query;
    private final boolean compressing;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(Query.PLAIN_PAYLOAD_BYTES);
    private final Map<String, Integer> offsets = new HashMap<>();

    private MessageWriter(Query query, boolean compressing) {
        this.query = query;
        this.compressing = compressing;
    }

    /**
     * The answer in at most so many bytes: what does not fit is left out, first what was not asked for; the mark of truncation is
     * set if records that were asked for are missing.
     */
    public static byte[] write(Query query, Answer answer, int limitBytes) {
        byte[] whole = new MessageWriter(query, true).write(answer, false);
        if (whole.length <= limitBytes) {
            return whole;
        }
        Answer asked = new Answer(answer.code(), answer.records(), answer.authority(), List.of());
        byte[] brief = new MessageWriter(query, true).write(asked, false);
        if (brief.length <= limitBytes) {
            return brief;
        }
        return new MessageWriter(query, true).writeTruncated(asked, limitBytes);
    }

    /** Another server's answer without its records and with the mark of truncation. */
    public static byte[] truncated(Query query) {
        return new MessageWriter(query, true).write(Answer.of(ResponseCode.NOERROR), true);
    }

    /** The answer to a message of which no more than the header is understood. */
    public static byte[] refusal(byte[] message, ResponseCode code) {
        byte[] header = new byte[Query.HEADER_BYTES];
        header[0] = message[0];
        header[1] = message[1];
        header[2] = (byte) (RESPONSE | message[2] & (OPCODE | RECURSION_DESIRED));
        header[3] = (byte) code.ordinal();
        return header;
    }

    private byte[] write(Answer answer, boolean truncated) {
        begin();
        answer.records().forEach(this::record);
        answer.authority().forEach(this::record);
        answer.additional().forEach(this::record);
        return end(answer, answer.records().size(), truncated);
    }

    private byte[] writeTruncated(Answer answer, int limitBytes) {
        int fitting = 0;
        int room = limitBytes - (query.extended() ? OPT_BYTES : 0);
        MessageWriter trial = new MessageWriter(query, true);
        trial.begin();
        for (ResourceRecord each : answer.records()) {
            trial.record(each);
            if (trial.out.size() > room) {
                break;
            }
            fitting++;
        }
        List<ResourceRecord> kept = answer.records().subList(0, fitting);
        return write(new Answer(answer.code(), kept, List.of(), List.of()), true);
    }

    private void begin() {
        out.writeBytes(new byte[Query.HEADER_BYTES]);
        out.write(query.message(), Query.HEADER_BYTES, query.questionEnd() - Query.HEADER_BYTES);
        String name = query.question().name();
        int offset = Query.HEADER_BYTES;
        while (!name.isEmpty()) {
            offsets.putIfAbsent(name, offset);
            int dot = name.indexOf('.');
            offset += (dot < 0 ? name.length() : dot) + 1;
            name = dot < 0 ? "" : name.substring(dot + 1);
        }
    }

    private byte[] end(Answer answer, int records, boolean truncated) {
        if (query.extended()) {
            out.write(0);
            number(RecordType.OPT);
            number(query.payloadBytes());
            number(0);
            number(0);
            number(0);
        }
        byte[] message = out.toByteArray();
        message[0] = query.message()[0];
        message[1] = query.message()[1];
        int flags = RESPONSE | AUTHORITATIVE | query.message()[2] & RECURSION_DESIRED | (truncated ? TRUNCATED : 0);
        message[2] = (byte) flags;
        message[3] = (byte) (RECURSION_AVAILABLE | answer.code().ordinal());
        count(message, 4, 1);
        count(message, 6, records);
        count(message, 8, answer.authority().size());
        count(message, 10, answer.additional().size() + (query.extended() ? 1 : 0));
        return message;
    }

    private static void count(byte[] message, int at, int value) {
        message[at] = (byte) (value >>> 8);
        message[at + 1] = (byte) value;
    }

    private void record(ResourceRecord each) {
        name(each.name());
        number(each.data().type());
        number(Query.CLASS_IN);
        number(each.ttlSeconds() >>> 16);
        number(each.ttlSeconds());
        MessageWriter content = new MessageWriter(query, false);
        content.data(each.data());
        number(content.out.size());
        out.writeBytes(content.out.toByteArray());
    }

    /** Names inside of records are written in full, as RFC 2782 asks for those of SRV. */
    private void data(RecordData data) {
        switch (data) {
            case RecordData.Address(var address) -> out.writeBytes(address.getAddress());
            case RecordData.Alias(var target) -> name(target);
            case RecordData.Pointer(var target) -> name(target);
            case RecordData.NameServer(var target) -> name(target);
            case RecordData.ServiceLocation(int weight, int port, var target) -> {
                number(0);
                number(weight);
                number(port);
                name(target);
            }
            case RecordData.Text(var text) -> {
                out.write(text.length());
                out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
            case RecordData.Authority(var server, var contact, long serial) -> {
                name(server);
                name(contact);
                number((int) (serial >>> 16));
                number((int) serial);
                for (int seconds : new int[] {7200, 1800, 86400, 5}) {
                    number(seconds >>> 16);
                    number(seconds);
                }
            }
        }
    }

    private void number(int value) {
        out.write(value >>> 8);
        out.write(value);
    }

    private void name(String name) {
        String rest = name;
        while (!rest.isEmpty()) {
            Integer known = offsets.get(rest);
            if (known != null) {
                number(0xC000 | known);
                return;
            }
            if (compressing && out.size() <= LARGEST_POINTER) {
                offsets.put(rest, out.size());
            }
            int dot = rest.indexOf('.');
            String label = dot < 0 ? rest : rest.substring(0, dot);
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        out.write(0);
    }
}
