package io.kybern.dns.edge;

import io.kybern.dns.core.ClusterZone;
import io.kybern.dns.core.Resolution;
import io.kybern.dns.core.Upstream;
import io.kybern.dns.wire.Answer;
import io.kybern.dns.wire.MalformedMessageException;
import io.kybern.dns.wire.MessageWriter;
import io.kybern.dns.wire.Query;
import io.kybern.dns.wire.RecordType;
import io.kybern.dns.wire.Reply;
import io.kybern.dns.wire.ResponseCode;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a message into its answer: at once if the cluster's zone knows it, else on a thread of its own that asks upstream. No
 * more than a fixed number of questions wait for others; those beyond it fail at once.
 */
public final class QueryHandler {

    private static final Logger log = LoggerFactory.getLogger(QueryHandler.class);

    private static final int HEADER_BYTES = 12;
    private static final int LARGEST_MESSAGE_BYTES = 65_535;

    private final ClusterZone zone;
    private final Upstream upstream;
    private final Semaphore waiting;
    private final MeterRegistry meters;

    /** @param waiting how many questions may wait for other servers */
    public QueryHandler(ClusterZone zone, Upstream upstream, int waiting, MeterRegistry meters) {
        this.zone = zone;
        this.upstream = upstream;
        this.waiting = new Semaphore(waiting);
        this.meters = meters;
    }

    /**
     * Answers a message, or ignores it if it is none that asks.
     *
     * @param overTcp whether the answer may be of any length
     * @param reply takes the answer, on any thread
     */
    void handle(byte[] message, boolean overTcp, Consumer<byte[]> reply) {
        if (message.length < HEADER_BYTES || message[2] < 0) {
            return;
        }
        String protocol = overTcp ? "tcp" : "udp";
        if ((message[2] & 0x78) != 0) {
            finish(MessageWriter.refusal(message, ResponseCode.NOTIMP), reply);
            return;
        }
        Query query;
        try {
            query = Query.read(message);
        } catch (MalformedMessageException e) {
            log.debug("A message that is no question", e);
            finish(MessageWriter.refusal(message, ResponseCode.FORMERR), reply);
            return;
        }
        meters.counter(
                        "coredns.dns.requests",
                        "proto",
                        protocol,
                        "type",
                        RecordType.name(query.question().type()))
                .increment();
        int limitBytes = overTcp ? LARGEST_MESSAGE_BYTES : query.payloadBytes();
        switch (zone.resolve(query.question())) {
            case Resolution.Known(Answer answer) -> finish(MessageWriter.write(query, answer, limitBytes), reply);
            case Resolution.Elsewhere ignored ->
                askOthers(query, limitBytes, reply, () -> forward(query, overTcp, limitBytes));
            case Resolution.Alias alias ->
                askOthers(query, limitBytes, reply, () -> MessageWriter.write(query, follow(query, alias), limitBytes));
        }
    }

    private interface Exchange {
        byte[] run() throws IOException;
    }

    private void askOthers(Query query, int limitBytes, Consumer<byte[]> reply, Exchange exchange) {
        byte[] failed = MessageWriter.write(query, Answer.of(ResponseCode.SERVFAIL), limitBytes);
        if (!waiting.tryAcquire()) {
            finish(failed, reply);
            return;
        }
        Thread.ofVirtual().name("dns-upstream").start(() -> {
            byte[] answer = failed;
            try {
                answer = exchange.run();
            } catch (IOException e) {
                meters.counter("coredns.forward.failures").increment();
                log.debug("No answer from upstream", e);
            } finally {
                waiting.release();
                finish(answer, reply);
            }
        });
    }

    private byte[] forward(Query query, boolean overTcp, int limitBytes) throws IOException {
        byte[] answer = upstream.ask(query.message(), overTcp);
        return answer.length <= limitBytes ? answer : MessageWriter.truncated(query);
    }

    private Answer follow(Query query, Resolution.Alias alias) throws IOException {
        byte[] answer = upstream.ask(question(alias.target(), query.question().type()), true);
        try {
            return Reply.read(answer).after(alias.alias());
        } catch (MalformedMessageException e) {
            throw new IOException("an answer that cannot be read", e);
        }
    }

    /** A recursive question; its number is the client's to choose. */
    private static byte[] question(String name, int type) {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + name.length() + 6);
        out.putShort((short) 0).putShort((short) 0x0100).putShort((short) 1).position(HEADER_BYTES);
        for (String label : name.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.put((byte) 0).putShort((short) type).putShort((short) 1);
        return out.array();
    }

    private void finish(byte[] answer, Consumer<byte[]> reply) {
        ResponseCode[] codes = ResponseCode.values();
        int number = answer[3] & 0x0F;
        String code = number < codes.length ? codes[number].name() : "other";
        meters.counter("coredns.dns.responses", "rcode", code).increment();
        reply.accept(answer);
    }
}
