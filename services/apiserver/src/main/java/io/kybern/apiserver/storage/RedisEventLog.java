package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.Limit;
import io.lettuce.core.MapScanCursor;
import io.lettuce.core.Range;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XTrimArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;

/** The log in a Redis stream, the state in hashes. */
final class RedisEventLog implements EventLog {

    private static final Logger LOGGER = LoggerFactory.getLogger(RedisEventLog.class);

    private static final byte[] LOG = RedisKeys.bytes(RedisKeys.LOG);
    private static final int SCAN_COUNT = 300;
    private static final int FIELDS = 5;

    private final RedisConnectionFactory factory;
    private final Requests requests;
    private final Backend backend;
    private final ValueTransformer transformer;
    private final UnreadableObjects unreadable;
    private final Duration budget;

    RedisEventLog(
            RedisConnectionFactory factory,
            Requests requests,
            Backend backend,
            ValueTransformer transformer,
            UnreadableObjects unreadable,
            Duration budget) {
        this.factory = factory;
        this.requests = requests;
        this.backend = backend;
        this.transformer = transformer;
        this.unreadable = unreadable;
        this.budget = budget;
    }

    @Override
    public CompletableFuture<Long> currentRevision() {
        return backend.currentRevision();
    }

    @Override
    public CompletableFuture<Bounds> bounds() {
        CompletableFuture<List<StreamMessage<byte[], byte[]>>> oldest =
                request("the log's beginning", redis -> redis.xrange(LOG, Range.create("-", "+"), Limit.from(1)));
        CompletableFuture<Long> length = request("the log's length", redis -> redis.xlen(LOG));
        return currentRevision()
                .thenCombine(
                        oldest,
                        (last, first) -> new Bounds(
                                first.isEmpty()
                                        ? last + 1
                                        : revision(first.getFirst().getId()),
                                last,
                                0))
                .thenCombine(length, (bounds, entries) -> new Bounds(bounds.first(), bounds.last(), entries));
    }

    @Override
    public CompletableFuture<Void> trim(long firstKept) {
        return request("trimming the log", redis -> redis.xtrim(LOG, XTrimArgs.Builder.minId(firstKept + "-0")))
                .thenApply(removed -> null);
    }

    @Override
    public void scan(Visitor visitor) {
        unreadable.clear();
        ScanCursor cursor = ScanCursor.INITIAL;
        while (!cursor.isFinished()) {
            ScanCursor from = cursor;
            KeyScanCursor<byte[]> page = join(request(
                    "the list of resources",
                    redis -> redis.scan(
                            from,
                            ScanArgs.Builder.matches(RedisKeys.ALL_OBJECTS).limit(SCAN_COUNT))));
            for (byte[] key : page.getKeys()) {
                scan(key, visitor);
            }
            cursor = page;
        }
    }

    private void scan(byte[] hash, Visitor visitor) {
        GroupResource resource = RedisKeys.resourceOfObjects(RedisKeys.text(hash));
        ScanCursor cursor = ScanCursor.INITIAL;
        while (!cursor.isFinished()) {
            ScanCursor from = cursor;
            MapScanCursor<byte[], byte[]> page = join(request(
                    "the objects of " + resource,
                    redis -> redis.hscan(hash, from, ScanArgs.Builder.limit(SCAN_COUNT))));
            page.getMap().forEach((field, value) -> {
                ObjectKey key = ObjectKey.parse(RedisKeys.text(field));
                Backend.Stored stored = RedisBackend.stored(value);
                byte[] json = readable(resource, key, stored.value());
                if (json != null) {
                    visitor.visit(resource, new StoredObject(key, stored.revision(), json));
                }
            });
            cursor = page;
        }
    }

    /** One object that no key opens must not keep the server from all others. */
    private byte @Nullable [] readable(GroupResource resource, ObjectKey key, byte[] value) {
        try {
            return transformer.fromStore(resource, key, value);
        } catch (StorageException.Corrupt e) {
            unreadable.note(resource, key);
            LOGGER.atError()
                    .addKeyValue("resource", resource)
                    .addKeyValue("object", key)
                    .addKeyValue("cause", e.getMessage())
                    .log("an object cannot be read and is left out");
            return null;
        }
    }

    private <T> CompletableFuture<T> request(
            String what, Function<RedisClusterAsyncCommands<byte[], byte[]>, CompletionStage<T>> read) {
        return requests.run(what, budget, attempt -> read.apply(attempt.redis()));
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (RuntimeException e) {
            throw StorageException.of(e);
        }
    }

    private static long revision(String id) {
        return Long.parseLong(id.substring(0, id.indexOf('-')));
    }

    @Override
    public Reader open() {
        return new StreamReader();
    }

    /** Reads on a connection of its own, because a blocking read would hold up all others. */
    private final class StreamReader implements Reader {

        private final long generation = transformer.generation();
        private @Nullable RedisConnection connection;

        @Override
        public List<LogEntry> read(long after, int max, Duration block) {
            if (generation != transformer.generation() && unreadable.any()) {
                // what was left out may be readable now, so whoever follows the log has to begin anew
                throw StorageException.revisionTooOld(after, after + 1);
            }
            StreamReadOptions options = StreamReadOptions.empty().count(max);
            try {
                if (connection == null) {
                    connection = factory.getConnection();
                }
                List<ByteRecord> records = connection
                        .streamCommands()
                        .xRead(
                                block.isZero() ? options : options.block(block),
                                StreamOffset.create(LOG, ReadOffset.from(after + "-0")));
                List<LogEntry> entries = new ArrayList<>();
                if (records != null) {
                    records.forEach(each -> entries.add(entry(each)));
                }
                return entries;
            } catch (DataAccessException | IllegalStateException e) {
                close();
                throw StorageException.unreachable("reading the log", e);
            }
        }

        private LogEntry entry(ByteRecord entry) {
            List<byte[]> values = new ArrayList<>(entry.getValue().values());
            if (values.size() != FIELDS) {
                throw StorageException.corrupt(
                        "the log's entry " + entry.getId() + " has " + values.size() + " fields");
            }
            GroupResource resource = RedisKeys.resource(RedisKeys.text(values.get(1)));
            ObjectKey key = ObjectKey.parse(RedisKeys.text(values.get(2)));
            return new LogEntry(
                    revision(entry.getId().getValue()),
                    LogEntry.Verb.valueOf(RedisKeys.text(values.get(0))),
                    resource,
                    key,
                    readable(resource, key, values.get(4)));
        }

        @Override
        public void close() {
            RedisConnection open = connection;
            connection = null;
            if (open != null) {
                try {
                    open.close();
                } catch (DataAccessException e) {
                    LOGGER.atDebug()
                            .addKeyValue("cause", e.getMessage())
                            .log("a log reader's connection did not close cleanly");
                }
            }
        }
    }
}
