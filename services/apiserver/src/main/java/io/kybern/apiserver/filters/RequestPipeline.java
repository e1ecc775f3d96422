package io.kybern.apiserver.filters;

import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.apiserver.audit.Audit;
import io.kybern.apiserver.audit.AuditEntry;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.flowcontrol.FlowControl;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.SignalType;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * What every request passes, in the order of the request path: id, limits, authentication, impersonation, its turn, authorization, then
 * the handler, on a virtual thread. Whatever the handler throws becomes an answer.
 */
final class RequestPipeline implements BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {

    private static final Logger log = LoggerFactory.getLogger(RequestPipeline.class);
    private static final UserInfo NOBODY = UserInfo.of("", List.of());
    private static final Runnable NOTHING = () -> {};
    private static final int MAX_AUDIT_ID = 64;
    private static final byte[] NO_BODY = new byte[0];

    private final Guards guards;
    private final Callers callers;
    private final ApiHandler handler;
    private final InFlight inFlight;
    private final BodyBudget bodies;
    private final RequestMetrics metrics;
    private final Executor executor;
    private final Duration bodyPatience;

    /**
     * A pipeline.
     *
     * @param bodies how much of bodies may be held
     * @param bodyPatience how long the sender of a body may take
     */
    RequestPipeline(
            Guards guards,
            ApiHandler handler,
            InFlight inFlight,
            BodyBudget bodies,
            RequestMetrics metrics,
            Executor executor,
            Duration bodyPatience) {
        this.guards = guards;
        this.callers = new Callers(guards.authentication(), guards.authorization());
        this.handler = handler;
        this.inFlight = inFlight;
        this.bodies = bodies;
        this.metrics = metrics;
        this.executor = executor;
        this.bodyPatience = bodyPatience;
    }

    /** A request with what is known of it before it is answered. */
    private record Exchange(
            HttpServerRequest request,
            HttpServerResponse response,
            Channel channel,
            ApiRequest.Line line,
            String auditId,
            long startNanos,
            boolean mayWait) {

        Exchange inAHurry() {
            return new Exchange(request, response, channel, line, auditId, startNanos, false);
        }
    }

    /** An answer with the warnings that go with it, and what is to be done when it has been written. */
    private record Answer(ApiResponse response, List<String> warnings, Runnable end) {

        Answer(ApiResponse response) {
            this(response, List.of(), NOTHING);
        }
    }

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        ApiRequest.Line line;
        try {
            line = ApiRequest.Line.of(request.method().name(), request.uri());
        } catch (ApiException e) {
            Exchange unreadable = exchange(
                    request, response, ApiRequest.Line.of(request.method().name(), "/"));
            return write(unreadable, new Answer(failure(unreadable, e)));
        }
        Exchange exchange = exchange(request, response, line);
        // a tunnel reads what follows by itself; a proxy passes on a body that is there
        boolean keepsBody = line.info().longRunning(line.query())
                && request.requestHeaders().contains("Upgrade")
                && !line.info().verb().equals("watch");
        // a body is read before anything is taken that others need: who sends slowly keeps nobody out
        BodyBudget.Share share = bodies.share();
        Mono<byte[]> body = keepsBody ? Mono.just(NO_BODY) : RequestBody.read(request, bodyPatience, share);
        return body.flatMap(bytes -> answer(exchange, bytes))
                .onErrorResume(BodyRefusedException.class, e -> {
                    // the answer may take its time, the body is gone
                    share.giveBack();
                    return write(exchange, new Answer(refusal(exchange, e)));
                })
                .doFinally(signal -> share.giveBack());
    }

    private static ApiResponse refusal(Exchange exchange, BodyRefusedException refusal) {
        if (refusal.isLate()) {
            // what may still come of it is not waited for
            exchange.response().header("Connection", "close");
        }
        return failure(exchange, refusal.answer());
    }

    private Mono<Void> answer(Exchange exchange, byte[] body) {
        ApiRequest.Line line = exchange.line();
        if (line.info().longRunning(line.query())) {
            return lasting(exchange, body, metrics.begin(line.info()));
        }
        boolean write =
                switch (line.method()) {
                    case "GET", "HEAD", "OPTIONS" -> false;
                    default -> true;
                };
        InFlight.Place place = inFlight.enter(write);
        if (place == InFlight.Place.NONE) {
            ApiException refused = ApiException.tooManyRequests(BodyRefusedException.TOO_MANY, 1);
            return write(exchange, new Answer(failure(exchange, refused)));
        }
        // who it is, and so whether it has to wait at all, is known only later
        Exchange admitted = place == InFlight.Place.CROWDED ? exchange.inAHurry() : exchange;
        return handled(admitted, body)
                .flatMap(answer ->
                        write(admitted, answer).doFinally(signal -> answer.end().run()))
                .doFinally(signal -> inFlight.leave(write));
    }

    /** An answer that may take as long as the client likes; one in WebSocket frames has only begun when it has been written. */
    private Mono<Void> lasting(Exchange exchange, byte[] body, Runnable end) {
        AtomicBoolean framed = new AtomicBoolean();
        return handled(exchange, body)
                .flatMap(answer -> {
                    if (answer.response() instanceof ApiResponse.Frames frames) {
                        framed.set(true);
                        Runnable once = once(() -> {
                            answer.end().run();
                            end.run();
                        });
                        ApiResponse.Frames ending = new ApiResponse.Frames(
                                frames.text(),
                                loop -> Flux.from(frames.messages().apply(loop)).doFinally(signal -> once.run()));
                        return write(exchange, new Answer(ending, answer.warnings(), NOTHING))
                                .doFinally(signal -> {
                                    if (signal != SignalType.ON_COMPLETE) {
                                        once.run();
                                    }
                                });
                    }
                    return write(exchange, answer)
                            .doFinally(signal -> answer.end().run());
                })
                .doFinally(signal -> {
                    if (!framed.get()) {
                        end.run();
                    }
                });
    }

    private static Runnable once(Runnable task) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (done.compareAndSet(false, true)) {
                task.run();
            }
        };
    }

    private static Exchange exchange(HttpServerRequest request, HttpServerResponse response, ApiRequest.Line line) {
        String given = request.requestHeaders().get("Audit-ID", "");
        String auditId = given.isEmpty() ? UUID.randomUUID().toString() : given;
        response.header("Audit-Id", auditId);
        return new Exchange(request, response, channelOf(request), line, auditId, System.nanoTime(), true);
    }

    /** A client may choose its audit id, and choose a long one: the log shows so much as Kubernetes' log does. */
    private static String shown(String auditId) {
        return auditId.length() <= MAX_AUDIT_ID ? auditId : auditId.substring(0, MAX_AUDIT_ID);
    }

    private static Channel channelOf(HttpServerRequest request) {
        List<Channel> channel = new ArrayList<>(1);
        request.withConnection(connection -> channel.add(connection.channel()));
        return channel.getFirst();
    }

    private Mono<Answer> handled(Exchange exchange, byte[] body) {
        return Mono.create(sink -> {
            try {
                executor.execute(() -> answerOrFail(exchange, body, sink));
            } catch (RejectedExecutionException e) {
                sink.success(new Answer(
                        failure(exchange, ApiException.serviceUnavailable("the server is shutting down", 1))));
            }
        });
    }

    /** Whatever happens, the sink hears of it: the request's place among those in flight depends on that. */
    private void answerOrFail(Exchange exchange, byte[] body, MonoSink<Answer> sink) {
        boolean answered = false;
        try {
            Answer answer = handle(exchange, body);
            answered = true;
            sink.success(answer);
        } finally {
            if (!answered) {
                sink.error(new IllegalStateException("a request ended without an answer"));
            }
        }
    }

    private Answer handle(Exchange exchange, byte[] body) {
        HttpHeaders headers = exchange.request().requestHeaders();
        @Nullable ApiRequest request = null;
        @Nullable AuditEntry entry = null;
        ApiResponse response;
        try {
            UserInfo sender = callers.sender(exchange.channel(), headers);
            entry = guards.audit().begin(arrival(exchange), sender).orElse(null);
            Optional<UserInfo> acting = callers.actsAs(sender, headers);
            ApiRequest asked = new ApiRequest(exchange.line(), headers, body, acting.orElse(sender));
            request = asked;
            response = entry == null
                    ? fairly(exchange, asked)
                    : entry.answering(acting.orElse(null), body, () -> fairly(exchange, asked));
        } catch (ApiException e) {
            response = failure(exchange, e);
            entry = entry == null
                    ? guards.audit().begin(arrival(exchange), NOBODY).orElse(null)
                    : entry;
        } catch (RuntimeException | VirtualMachineError | LinkageError e) {
            // an Error too, a stack overflow for one, is the fault of one request and must not cost the others theirs
            log.atError()
                    .addKeyValue("method", exchange.line().method())
                    .addKeyValue("uri", exchange.line().uri())
                    .addKeyValue("auditId", shown(exchange.auditId()))
                    .setCause(e)
                    .log("A request failed by a fault of the server");
            response = failure(exchange, ApiException.internal("the server could not answer; see its log", e));
        }
        boolean known = response.code() != 404 && response.code() != 405;
        long nanos = System.nanoTime() - exchange.startNanos();
        metrics.done(exchange.line().info(), known || response instanceof ApiResponse.Streamed, response.code(), nanos);
        Runnable end = entry == null ? NOTHING : entry.answered(response);
        return new Answer(response, request == null ? List.of() : request.warnings(), end);
    }

    private static Audit.Arrival arrival(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        List<String> sources = new ArrayList<>();
        for (String each : request.requestHeaders().get("X-Forwarded-For", "").split(",", -1)) {
            if (!each.isBlank()) {
                sources.add(each.strip());
            }
        }
        @Nullable InetSocketAddress peer = request.remoteAddress();
        if (peer != null && peer.getAddress() != null) {
            sources.add(peer.getAddress().getHostAddress());
        }
        return new Audit.Arrival(
                exchange.auditId(),
                exchange.line(),
                sources,
                request.requestHeaders().get("User-Agent", ""));
    }

    /** Answers the request when it is its turn. */
    private ApiResponse fairly(Exchange exchange, ApiRequest request) {
        ApiRequest.Line line = exchange.line();
        // a watch takes one until its beginning is known
        boolean takesSeat =
                !line.info().longRunning(line.query()) || line.info().verb().equals("watch");
        FlowControl.Attitude attitude = !takesSeat
                ? FlowControl.Attitude.TAKES_NO_SEAT
                : exchange.mayWait() ? FlowControl.Attitude.WAITS : FlowControl.Attitude.NOW_OR_NEVER;
        try (FlowControl.Ticket ticket =
                guards.flowControl().enter(request.user(), line.info(), line.query(), attitude)) {
            note(exchange.response(), "X-Kubernetes-PF-FlowSchema-UID", ticket.schemaUid());
            note(exchange.response(), "X-Kubernetes-PF-PriorityLevel-UID", ticket.levelUid());
            if (!ticket.admitted()) {
                throw ApiException.tooManyRequests(BodyRefusedException.TOO_MANY, 1);
            }
            guards.authorization().require(AccessAttributes.of(request.user(), line.info(), line.query()));
            return handler.handle(request);
        }
    }

    private static void note(HttpServerResponse response, String header, String value) {
        if (!value.isEmpty()) {
            response.header(header, value);
        }
    }

    private static ApiResponse failure(Exchange exchange, ApiException e) {
        Status status = e.status();
        ApiRequest request =
                new ApiRequest(exchange.line(), exchange.request().requestHeaders(), NO_BODY, UserInfo.anonymous());
        ApiResponse.Complete answer = Negotiation.representationOrJson(request, Negotiation.Offer.OBJECTS)
                .answer(status.code(), status.toJson());
        return status.retryAfterSeconds() > 0
                ? answer.with("Retry-After", Integer.toString(status.retryAfterSeconds()))
                : answer;
    }

    private static Mono<Void> write(Exchange exchange, Answer answer) {
        return ResponseWriter.write(
                exchange.request(),
                exchange.response(),
                exchange.channel().eventLoop(),
                answer.response(),
                answer.warnings());
    }
}
