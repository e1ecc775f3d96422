package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.protobuf.ProtobufWriter;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.request.Representation.Format;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchEvent;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * A watch as a stream of JSON documents, one a line, of protobuf frames, or of WebSocket frames; see "Efficient detection of changes" in the
 * Kubernetes API concepts. While the client is slow, events gather in the watch's buffer; when that is full, the cache ends the watch.
 */
final class WatchStream {

    /** A client that names no time-out gets one between this and its double, so that not all watches end at once. */
    private static final long MIN_TIMEOUT_SECONDS = 1800;

    /** A buffer is handed on at this size: that of a TLS record. */
    private static final int CHUNK = 16 * 1024;

    private static final int EACH_ALONE = 1;

    private static final String JSON = "application/json";
    private static final String PROTOBUF_STREAM = "application/vnd.kubernetes.protobuf;stream=watch";
    private static final List<String> STREAMS = List.of(JSON + ";stream=watch", PROTOBUF_STREAM);

    private final WatchCache cache;
    private final Views views;
    private final EventLines lines = new EventLines();

    WatchStream(WatchCache cache, Views views) {
        this.cache = cache;
        this.views = views;
    }

    ApiResponse open(Target target, ApiRequest request, Representation wanted) {
        if (wanted.format() == Format.YAML) {
            throw ApiException.notAcceptable(STREAMS);
        }
        if (wanted.shape() == Representation.Shape.TABLE) {
            RowObject.of(request);
        }
        boolean protobuf = wanted.format() == Format.PROTOBUF;
        boolean frames = request.header("Upgrade").equalsIgnoreCase("websocket");
        ListOptions options = ListOptions.read(request, target.strategy().supportedFieldLabels());
        long revision = options.revision();
        String namespace = target.type().namespaced() ? request.info().namespace() : "";
        Start start = new Start(target, request, wanted, options, revision < 0 ? Watch.UNSET : revision, namespace);
        long seconds = options.timeoutSeconds() > 0
                ? options.timeoutSeconds()
                : ThreadLocalRandom.current().nextLong(MIN_TIMEOUT_SECONDS, 2 * MIN_TIMEOUT_SECONDS);
        Mono<Long> end = Mono.delay(Duration.ofSeconds(seconds));
        if (frames) {
            return new ApiResponse.Frames(
                    !protobuf,
                    loop -> events(start, loop, EACH_ALONE).takeUntilOther(end).map(each -> bare(each, protobuf)));
        }
        String type = protobuf ? PROTOBUF_STREAM : JSON;
        return new ApiResponse.Streamed(
                200, type, loop -> events(start, loop, CHUNK).takeUntilOther(end));
    }

    /** An event without what tells it from the next one in a stream: the length before it, or the end of its line. */
    private static ByteBuf bare(ByteBuf event, boolean protobuf) {
        return protobuf ? event.skipBytes(ProtobufWriter.FRAME) : event.writerIndex(event.writerIndex() - 1);
    }

    private record Start(
            Target target,
            ApiRequest request,
            Representation representation,
            ListOptions options,
            long revision,
            String namespace) {}

    private Flux<ByteBuf> events(Start start, Executor loop, int chunk) {
        return Flux.create(
                sink -> {
                    Delivery delivery = new Delivery(start, sink, loop, chunk);
                    sink.onRequest(delivery::requested);
                    WatchOptions wanted = new WatchOptions(
                            start.options().bookmarks(), start.options().sendInitialEvents());
                    Watch watch = cache.watch(
                            start.target().storage(),
                            start.revision(),
                            start.options()
                                    .selection(
                                            start.namespace(),
                                            start.request().info().name()),
                            wanted,
                            delivery);
                    delivery.begun(watch);
                    sink.onDispose(watch::close);
                },
                FluxSink.OverflowStrategy.BUFFER);
    }

    /** Hands events on as the client takes them: what comes at once leaves in one buffer. */
    private final class Delivery implements WatchSink {

        private final Start start;
        private final FluxSink<ByteBuf> sink;
        private final Executor loop;
        private final int chunk;
        private final boolean asStored;
        private final boolean protobuf;
        private volatile @Nullable Watch watch;
        private final List<byte[]> pending = new ArrayList<>();
        private int pendingBytes;
        private boolean columnsSent;

        Delivery(Start start, FluxSink<ByteBuf> sink, Executor loop, int chunk) {
            this.start = start;
            this.sink = sink;
            this.loop = loop;
            this.chunk = chunk;
            this.protobuf = start.representation().format() == Format.PROTOBUF;
            this.asStored = start.representation().shape() == Representation.Shape.OBJECT
                    && !start.target().converts();
        }

        void begun(Watch begun) {
            watch = begun;
            begun.resume();
        }

        void requested(long n) {
            Watch begun = watch;
            if (begun != null) {
                begun.resume();
            }
        }

        /** Stored bytes are only copied, which the connection's own thread does on its way; anything else takes more time. */
        @Override
        public @Nullable Executor executor() {
            return asStored ? loop : null;
        }

        @Override
        public boolean ready() {
            return sink.requestedFromDownstream() > 0;
        }

        @Override
        public void next(WatchEvent event) {
            byte[] line = encode(event);
            pending.add(line);
            pendingBytes += line.length;
            if (pendingBytes >= chunk) {
                flush();
            }
        }

        @Override
        public void flush() {
            if (!pending.isEmpty()) {
                ByteBuf full = pending.size() == 1
                        ? Unpooled.wrappedBuffer(pending.getFirst())
                        : Unpooled.copiedBuffer(pending.toArray(byte[][]::new));
                pending.clear();
                pendingBytes = 0;
                sink.next(full);
            }
        }

        @Override
        public void closed() {
            sink.complete();
        }

        private byte[] encode(WatchEvent event) {
            return switch (event) {
                case WatchEvent.Added added -> line(event, "ADDED", added.object());
                case WatchEvent.Modified modified -> line(event, "MODIFIED", modified.object());
                case WatchEvent.Deleted deleted -> line(event, "DELETED", deleted.object());
                case WatchEvent.Bookmark bookmark ->
                    made(
                            "BOOKMARK",
                            views.bookmark(
                                    start.target(),
                                    start.representation(),
                                    bookmark.revision(),
                                    bookmark.initialEventsEnd()));
                case WatchEvent.Failed failed ->
                    made(
                            "ERROR",
                            StorageFailures.translate(
                                            failed.error(), start.target().resource(), "", "watch")
                                    .status()
                                    .toJson());
            };
        }

        private byte[] line(WatchEvent event, String type, CachedObject object) {
            Representation representation = start.representation();
            if (asStored) {
                return protobuf
                        ? ProtobufWriter.watchEvent(
                                type, views.protobuf(start.target(), object).bytes())
                        : lines.of(event, object.revision(), type, object.encoded());
            }
            ObjectNode shown = views.event(
                    start.target(),
                    start.request(),
                    representation,
                    !columnsSent,
                    Views.converted(start.target(), object));
            columnsSent = true;
            return made(type, shown);
        }

        private byte[] made(String type, ObjectNode object) {
            return protobuf
                    ? ProtobufWriter.watchEvent(type, start.representation().encode(object))
                    : EventLines.line(type, Json.bytes(object));
        }
    }
}
