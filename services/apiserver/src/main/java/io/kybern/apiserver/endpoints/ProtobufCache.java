package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.apiserver.protobuf.ProtobufDocument;
import io.kybern.apiserver.protobuf.ProtobufWriter;
import io.kybern.apiserver.watch.CachedObject;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Kept objects in protobuf, each encoded once for all who read it while it is remembered: however many watches tell of a change. It
 * remembers by generations: when the present one is full it becomes the former one, whose entries stay if they are asked for again.
 */
final class ProtobufCache {

    /** Of each of the two generations, JSON and protobuf together. */
    private static final long GENERATION_BYTES = 12L * 1024 * 1024;

    private final ProtobufWriter writer = new ProtobufWriter();
    private final long generationBytes;
    private volatile Generation present = new Generation();
    private volatile Generation former = new Generation();

    ProtobufCache() {
        this(GENERATION_BYTES);
    }

    ProtobufCache(long generationBytes) {
        this.generationBytes = generationBytes;
    }

    /** The very bytes that were encoded: no two states of objects share them. */
    private record Key(byte[] json) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && key.json == json;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(json);
        }
    }

    private static final class Generation {
        private final ConcurrentHashMap<Key, ProtobufDocument> documents = new ConcurrentHashMap<>();
        private final AtomicLong bytes = new AtomicLong();
    }

    /** An object of that kind, as it is kept. */
    ProtobufDocument document(GroupVersionKind kind, CachedObject object) {
        byte[] json = object.encoded();
        Key key = new Key(json);
        Generation now = present;
        ProtobufDocument known = now.documents.get(key);
        if (known != null) {
            return known;
        }
        @Nullable ProtobufDocument before = former.documents.get(key);
        ProtobufDocument document =
                now.documents.computeIfAbsent(key, absent -> before == null ? writer.document(kind, json) : before);
        if (now.bytes.addAndGet((long) json.length + document.bytes().length) > generationBytes) {
            turn(now);
        }
        return document;
    }

    private synchronized void turn(Generation full) {
        if (present == full) {
            former = full;
            present = new Generation();
        }
    }

    /** A list of objects, without remembering the list. */
    ProtobufDocument list(GroupVersionKind kind, byte[] metadata, List<ProtobufDocument> items) {
        return writer.list(kind, metadata, items);
    }

    /** How many objects are remembered. */
    int size() {
        return present.documents.size() + former.documents.size();
    }
}
