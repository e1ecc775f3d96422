package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchEvent;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * A watch as a stream of JSON documents, one a line, or of WebSocket text frames; see "Efficient detection of changes" in the
 * Kubernetes API concepts. The watch's own thread waits while the client is slow; when its buffer is full, the cache ends the
 * watch.
 */
final class WatchStream {

    /** A client that names no time-out gets one between this and its double, so that not all watches end at once. */
    private static final long MIN_TIMEOUT_SECONDS = 1800;

    private static final int LARGE_REQUEST = 1 << 20;
    private static final long UNLIMITED = Integer.MAX_VALUE;

    private final WatchCache cache;
    private final Views views;

    WatchStream(WatchCache cache, Views views) {
        this.cache = cache;
        this.views = views;
    }

    ApiResponse open(Target target, ApiRequest request, Representation representation) {
        ListOptions options = ListOptions.read(request, target.strategy().supportedFieldLabels());
        long revision = options.revision();
        String namespace = target.type().namespaced() ? request.info().namespace() : "";
        Start start =
                new Start(target, request, representation, options, revision < 0 ? Watch.UNSET : revision, namespace);
        long seconds = options.timeoutSeconds() > 0
                ? options.timeoutSeconds()
                : ThreadLocalRandom.current().nextLong(MIN_TIMEOUT_SECONDS, 2 * MIN_TIMEOUT_SECONDS);
        Flux<byte[]> events = events(start).takeUntilOther(Mono.delay(Duration.ofSeconds(seconds)));
        if (request.header("Upgrade").equalsIgnoreCase("websocket")) {
            return new ApiResponse.TextFrames(
                    events.map(json -> new String(json, 0, json.length - 1, StandardCharsets.UTF_8)));
        }
        Flux<ByteBuf> buffers = events.map(Unpooled::wrappedBuffer);
        return new ApiResponse.Streamed(200, "application/json", buffers);
    }

    private record Start(
            Target target,
            ApiRequest request,
            Representation representation,
            ListOptions options,
            long revision,
            String namespace) {}

    private Flux<byte[]> events(Start start) {
        return Flux.create(
                sink -> {
                    Delivery delivery = new Delivery(start, sink);
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
                    sink.onDispose(() -> delivery.dispose(watch));
                },
                FluxSink.OverflowStrategy.BUFFER);
    }

    /** Hands events on as the client takes them. */
    private final class Delivery implements WatchSink {

        private final Start start;
        private final FluxSink<byte[]> sink;
        private final Semaphore demand = new Semaphore(0);
        private volatile boolean unlimited;
        private boolean columnsSent;

        Delivery(Start start, FluxSink<byte[]> sink) {
            this.start = start;
            this.sink = sink;
        }

        void requested(long n) {
            if (n >= UNLIMITED) {
                unlimited = true;
            }
            demand.release((int) Math.min(n, LARGE_REQUEST));
        }

        void dispose(Watch watch) {
            watch.close();
            demand.release(LARGE_REQUEST);
        }

        @Override
        public void next(WatchEvent event) throws InterruptedException {
            if (!unlimited) {
                demand.acquire();
            }
            if (!sink.isCancelled()) {
                sink.next(encode(event));
                if (event instanceof WatchEvent.Failed) {
                    sink.complete();
                }
            }
        }

        @Override
        public void closed() {
            sink.complete();
        }

        private byte[] encode(WatchEvent event) {
            return switch (event) {
                case WatchEvent.Added added -> line("ADDED", added.object());
                case WatchEvent.Modified modified -> line("MODIFIED", modified.object());
                case WatchEvent.Deleted deleted -> line("DELETED", deleted.object());
                case WatchEvent.Bookmark bookmark ->
                    line(
                            "BOOKMARK",
                            Json.bytes(views.bookmark(
                                    start.target(),
                                    start.representation(),
                                    bookmark.revision(),
                                    bookmark.initialEventsEnd())));
                case WatchEvent.Failed failed ->
                    line(
                            "ERROR",
                            Json.bytes(StorageFailures.translate(
                                            failed.error(), start.target().resource(), "", "watch")
                                    .status()
                                    .toJson()));
            };
        }

        private byte[] line(String type, CachedObject object) {
            Representation representation = start.representation();
            if (representation.shape() == Representation.Shape.OBJECT
                    && !start.target().converts()) {
                return line(type, object.encoded());
            }
            ObjectNode shown = views.event(
                    start.target(),
                    start.request(),
                    representation,
                    !columnsSent,
                    Views.converted(start.target(), object));
            columnsSent = true;
            return line(type, Json.bytes(shown));
        }

        private static byte[] line(String type, byte[] object) {
            byte[] head = ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.US_ASCII);
            byte[] line = new byte[head.length + object.length + 2];
            System.arraycopy(head, 0, line, 0, head.length);
            System.arraycopy(object, 0, line, head.length, object.length);
            line[line.length - 2] = '}';
            line[line.length - 1] = '\n';
            return line;
        }
    }
}
