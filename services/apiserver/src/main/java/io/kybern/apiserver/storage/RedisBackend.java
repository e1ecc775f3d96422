package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.Commit.Result;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Keeps the bytes in Redis: one script commits, everything else only reads. */
final class RedisBackend implements Backend {

    private static final byte[] REVISION = RedisKeys.bytes(RedisKeys.REVISION);
    private static final byte[] LOG = RedisKeys.bytes(RedisKeys.LOG);
    private static final byte[] NONE = new byte[0];

    private final Requests requests;
    private final Duration writeBudget;
    private final Duration readBudget;
    private final Script commit;
    private final AtomicLong newestSeen = new AtomicLong();

    RedisBackend(Requests requests, Duration writeBudget, Duration readBudget) {
        this.requests = requests;
        this.writeBudget = writeBudget;
        this.readBudget = readBudget;
        this.commit = Script.load(RedisBackend.class, "commit.lua");
    }

    @Override
    public CompletableFuture<Result> commit(Commit commit) {
        long since = newestSeen.get();
        byte[][] keys = {REVISION, RedisKeys.bytes(RedisKeys.objects(commit.resource())), LOG};
        String what = "a write of " + commit.resource() + " \"" + commit.key() + "\"";
        return requests.run(what, writeBudget, attempt -> {
            byte[][] values = {
                RedisKeys.bytes(commit.verb().name()),
                RedisKeys.bytes(RedisKeys.name(commit.resource())),
                RedisKeys.bytes(commit.key().stored()),
                RedisKeys.bytes(commit.precondition().wire()),
                commit.value(),
                RedisKeys.bytes(commit.tag()),
                attempt.inDoubt() ? RedisKeys.bytes(Long.toString(since)) : NONE
            };
            return this.commit.run(attempt.redis(), keys, values).thenApply(answer -> result(what, answer));
        });
    }

    private Result result(String what, List<byte[]> answer) {
        String word = RedisKeys.text(answer.getFirst());
        return switch (word) {
            case "committed" -> new Result.Committed(seen(number(answer)));
            case "unchanged" -> new Result.Unchanged(number(answer));
            case "missing" -> new Result.Missing();
            case "exists" -> new Result.Exists();
            case "conflict" -> new Result.Mismatch(number(answer));
            case "unresolved" -> throw StorageException.timeout(what, null);
            default -> throw StorageException.corrupt("the commit script answered \"" + word + "\"");
        };
    }

    private static long number(List<byte[]> answer) {
        return Long.parseLong(RedisKeys.text(answer.get(1)));
    }

    @Override
    public CompletableFuture<Optional<Stored>> get(GroupResource resource, ObjectKey key) {
        byte[] hash = RedisKeys.bytes(RedisKeys.objects(resource));
        byte[] field = RedisKeys.bytes(key.stored());
        return read("a read of " + resource + " \"" + key + "\"", redis -> redis.hget(hash, field))
                .thenApply(value -> Optional.ofNullable(value).map(RedisBackend::stored));
    }

    @Override
    public CompletableFuture<Long> currentRevision() {
        return read("the newest revision", redis -> redis.get(REVISION))
                .thenApply(value -> value == null ? 0L : seen(Long.parseLong(RedisKeys.text(value))));
    }

    private CompletableFuture<byte[]> read(
            String what, Function<RedisClusterAsyncCommands<byte[], byte[]>, CompletionStage<byte[]>> read) {
        return requests.run(what, readBudget, attempt -> read.apply(attempt.redis()))
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        StorageException.of(failure) instanceof StorageException.Timeout timeout
                                ? StorageException.unreachable(what, timeout.getCause())
                                : StorageException.of(failure)));
    }

    private long seen(long revision) {
        newestSeen.accumulateAndGet(revision, Math::max);
        return revision;
    }

    /** Parts {@code <revision> <bytes>}. */
    static Stored stored(byte[] value) {
        int space = 0;
        while (space < value.length && value[space] != ' ') {
            space++;
        }
        try {
            long revision = Long.parseLong(new String(value, 0, space, StandardCharsets.US_ASCII));
            return new Stored(revision, Arrays.copyOfRange(value, Math.min(space + 1, value.length), value.length));
        } catch (NumberFormatException e) {
            throw StorageException.corrupt("a stored value does not begin with its revision", e);
        }
    }
}
