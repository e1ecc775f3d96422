package io.kybern.apiserver.storage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The relay's lease and memory in Redis; one script does everything, so that only the holder writes. */
final class RedisRelayLedger implements RelayLedger {

    private static final byte[] LEASE = RedisKeys.bytes(RedisKeys.RELAY_LEASE);
    private static final byte[] MEMORY = RedisKeys.bytes(RedisKeys.RELAY);
    private static final String POSITION = "position";
    private static final String SEQUENCE = "sequence:";
    private static final String HELD = "held";

    private final Requests requests;
    private final Duration budget;
    private final Script script = Script.load(RedisRelayLedger.class, "relay.lua");

    RedisRelayLedger(Requests requests, Duration budget) {
        this.requests = requests;
        this.budget = budget;
    }

    @Override
    public CompletableFuture<Optional<Memory>> claim(String holder, Duration lease) {
        return run("claim", holder, lease, List.of()).thenApply(RedisRelayLedger::memory);
    }

    private static Optional<Memory> memory(List<byte[]> answer) {
        if (!isHeld(answer)) {
            return Optional.empty();
        }
        Long position = null;
        Map<String, Long> sequences = new HashMap<>();
        for (int i = 1; i + 1 < answer.size(); i += 2) {
            String field = RedisKeys.text(answer.get(i));
            long value = Long.parseLong(RedisKeys.text(answer.get(i + 1)));
            if (field.equals(POSITION)) {
                position = value;
            } else if (field.startsWith(SEQUENCE)) {
                sequences.put(field.substring(SEQUENCE.length()), value);
            }
        }
        return Optional.of(new Memory(position, sequences));
    }

    @Override
    public CompletableFuture<Boolean> save(String holder, Duration lease, long position, Map<String, Long> sequences) {
        List<String> fields = new ArrayList<>(List.of(POSITION, Long.toString(position)));
        sequences.forEach((topic, sequence) -> {
            fields.add(SEQUENCE + topic);
            fields.add(Long.toString(sequence));
        });
        return run("save", holder, lease, fields).thenApply(RedisRelayLedger::isHeld);
    }

    @Override
    public CompletableFuture<Void> release(String holder) {
        return run("release", holder, Duration.ZERO, List.of()).thenApply(answer -> null);
    }

    @Override
    public CompletableFuture<Long> position() {
        return requests.run("the relay's position", budget, attempt -> attempt.redis()
                        .hget(MEMORY, RedisKeys.bytes(POSITION)))
                .thenApply(value -> value == null ? 0L : Long.parseLong(RedisKeys.text(value)));
    }

    /** Each of these may run twice: what an earlier attempt did is what this one does again. */
    private CompletableFuture<List<byte[]>> run(String operation, String holder, Duration lease, List<String> fields) {
        List<byte[]> values = new ArrayList<>();
        values.add(RedisKeys.bytes(operation));
        values.add(RedisKeys.bytes(holder));
        values.add(RedisKeys.bytes(Long.toString(lease.toMillis())));
        fields.forEach(field -> values.add(RedisKeys.bytes(field)));
        byte[][] keys = {LEASE, MEMORY};
        return requests.run(
                "the relay's lease",
                budget,
                attempt -> script.run(attempt.redis(), keys, values.toArray(byte[][]::new)));
    }

    private static boolean isHeld(List<byte[]> answer) {
        return RedisKeys.text(answer.getFirst()).equals(HELD);
    }
}
