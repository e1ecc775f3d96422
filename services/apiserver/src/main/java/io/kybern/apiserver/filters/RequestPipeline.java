package io.kybern.apiserver.filters;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.filters.RequestTurn.Answer;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.SignalType;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Takes requests from the network, has each answered on a virtual thread of its own, and writes the answers; what a request passes
 * there, see {@link RequestTurn}.
 */
final class RequestPipeline implements BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {

    private static final Runnable NOTHING = () -> {};

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

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        String method = request.method().name();
        ApiRequest.Line line;
        try {
            line = ApiRequest.Line.of(method, request.uri());
        } catch (ApiException e) {
            Exchange unreadable = exchange(request, response, ApiRequest.Line.of(method, "/"));
            return write(unreadable, new Answer(unreadable.failure(e)));
        }
        Exchange exchange = exchange(request, response, line);
        Mono<Void> answered = exchange.lasts()
                ? lasting(exchange, metrics.begin(line.info()))
                : handled(exchange).flatMap(answer -> write(exchange, answer)
                        .doFinally(signal -> answer.end().run()));
        return answered.doFinally(signal -> {
            exchange.visit().leave();
            exchange.body().giveBack();
        });
    }

    private Exchange exchange(HttpServerRequest request, HttpServerResponse response, ApiRequest.Line line) {
        // a tunnel reads what follows by itself; a proxy passes on a body that is there
        boolean keepsBody = line.info().longRunning(line.query())
                && request.requestHeaders().contains("Upgrade")
                && !line.info().verb().equals("watch");
        BodyBudget.Share share = bodies.share();
        RequestBody body = keepsBody ? RequestBody.none(share) : RequestBody.of(request, bodyPatience, share);
        boolean write =
                switch (line.method()) {
                    case "GET", "HEAD", "OPTIONS" -> false;
                    default -> true;
                };
        return Exchange.begin(request, response, line, body, inFlight.visit(write));
    }

    /** An answer that may take as long as the client likes; one in WebSocket frames has only begun when it has been written. */
    private Mono<Void> lasting(Exchange exchange, Runnable end) {
        AtomicBoolean framed = new AtomicBoolean();
        return handled(exchange)
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

    private Mono<Answer> handled(Exchange exchange) {
        RequestTurn turn = new RequestTurn(guards, callers, handler, metrics, exchange);
        return Mono.create(sink -> {
            try {
                executor.execute(() -> answerOrFail(turn, sink));
            } catch (RejectedExecutionException e) {
                sink.success(new Answer(
                        exchange.failure(ApiException.serviceUnavailable("the server is shutting down", 1))));
            }
        });
    }

    /** Whatever happens, the sink hears of it: the request's place among those in flight depends on that. */
    private static void answerOrFail(RequestTurn turn, MonoSink<Answer> sink) {
        boolean answered = false;
        try {
            Answer answer = turn.answer();
            answered = true;
            sink.success(answer);
        } finally {
            if (!answered) {
                sink.error(new IllegalStateException("a request ended without an answer"));
            }
        }
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
