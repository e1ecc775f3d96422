package io.kybern.apiserver.filters;

import io.kybern.apiserver.authn.PemFiles;
import io.kybern.apiserver.request.ApiHandler;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** The HTTPS listener of the API. */
public final class ApiListener implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ApiListener.class);
    private static final Duration DRAIN = Duration.ofSeconds(5);
    /** So many times more than run at once may be present: those that wait for their turn have been read already. */
    private static final int PRESENT = 4;

    private static final int MAX_LINE = 64 * 1024;
    private static final int MAX_HEADERS = 128 * 1024;
    /** HTTP/2 clients open one connection for all their watches. */
    private static final long MAX_STREAMS = 1000;

    private final Settings settings;
    private final RequestPipeline pipeline;
    private final ExecutorService executor;
    private @Nullable DisposableServer server;
    private @Nullable LoopResources loops;

    /**
     * Where and how to listen.
     *
     * @param host the address
     * @param port 0 for any free one
     * @param certificate PEM file of the server's certificate
     * @param key PEM file of its key
     * @param clientAuthorities PEM file of who may sign client certificates
     * @param maxReads how many reads at once
     * @param maxWrites how many writes at once
     * @param bodyPatience how long the sender of a body may take
     */
    public record Settings(
            String host,
            int port,
            Path certificate,
            Path key,
            Path clientAuthorities,
            int maxReads,
            int maxWrites,
            Duration bodyPatience) {}

    /** A listener that is not started. */
    public ApiListener(Settings settings, Guards guards, ApiHandler handler, MeterRegistry meters) {
        this.settings = settings;
        this.executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("request-", 0).factory());
        this.pipeline = new RequestPipeline(
                guards,
                handler,
                new InFlight(PRESENT * settings.maxReads(), PRESENT * settings.maxWrites(), meters),
                BodyBudget.ofMemory(meters),
                new RequestMetrics(meters),
                executor,
                settings.bodyPatience());
    }

    @Override
    public synchronized void start() {
        loops = LoopResources.create("api");
        server = HttpServer.create()
                .host(settings.host())
                .port(settings.port())
                // the proxy joins connections on one event loop, so both sides use the JDK's transport
                .runOn(loops, false)
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .http2Settings(builder -> builder.maxConcurrentStreams(MAX_STREAMS))
                .secure(spec -> spec.sslContext(ServerTls.spec(
                        settings.certificate(), settings.key(), PemFiles.certificates(settings.clientAuthorities()))))
                .doOnChannelInit(
                        (observer, channel, remote) -> channel.pipeline().addFirst(new PlainTextRefusal()))
                .httpRequestDecoder(decoder -> decoder.maxInitialLineLength(MAX_LINE)
                        .maxHeaderSize(MAX_HEADERS)
                        .validateHeaders(true))
                .handle(pipeline)
                .bindNow();
        log.atInfo().addKeyValue("port", server.port()).log("The API is served");
    }

    /** The port that is listened on. */
    public synchronized int port() {
        if (server == null) {
            throw new IllegalStateException("the listener is not started");
        }
        return server.port();
    }

    @Override
    public synchronized void stop() {
        if (server != null) {
            server.disposeNow(DRAIN);
            server = null;
        }
        if (loops != null) {
            loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(DRAIN);
            loops = null;
        }
        executor.shutdown();
    }

    @Override
    public synchronized boolean isRunning() {
        return server != null;
    }
}
