package io.kybern.apiserver.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

@Timeout(60)
class RequestBodyTest {

    private static final Duration PATIENCE = Duration.ofSeconds(50);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BodyBudget budget = new BodyBudget(10, meters);

    private static ByteBuf part(int bytes) {
        return Unpooled.wrappedBuffer(new byte[bytes]);
    }

    private double held() {
        return meters.get("apiserver.request.body.held").gauge().value();
    }

    @Test
    void whatIsHeldIsCountedUntilTheRequestIsOver() {
        BodyBudget.Share share = budget.share();

        byte[] body =
                RequestBody.gather(Flux.just(part(3), part(4)), PATIENCE, share).block();

        assertThat(body).hasSize(7);
        assertThat(held()).isEqualTo(7);
        share.giveBack();
        share.giveBack();
        assertThat(held()).isZero();
    }

    @Test
    void whatDoesNotFitBesideTheOthersIsRefused() {
        Sinks.Many<ByteBuf> slow = Sinks.many().unicast().onBackpressureBuffer();
        BodyBudget.Share first = budget.share();
        CompletableFuture<byte[]> arriving =
                RequestBody.gather(slow.asFlux(), PATIENCE, first).toFuture();
        slow.tryEmitNext(part(6)).orThrow();

        BodyBudget.Share second = budget.share();
        assertThatThrownBy(() -> RequestBody.gather(Flux.just(part(2), part(3)), PATIENCE, second)
                        .block())
                .isInstanceOfSatisfying(BodyRefusedException.class, e -> {
                    assertThat(e.answer().status().code()).isEqualTo(429);
                    assertThat(e.answer().status().retryAfterSeconds()).isEqualTo(1);
                });
        second.giveBack();
        assertThat(held()).isEqualTo(6);

        slow.tryEmitNext(part(4)).orThrow();
        slow.tryEmitComplete().orThrow();
        assertThat(arriving.join()).hasSize(10);
    }

    @Test
    void whatArrivesAfterTheEndIsNotHeld() {
        Sinks.Many<ByteBuf> late = Sinks.many().unicast().onBackpressureBuffer();
        BodyBudget.Share share = budget.share();
        CompletableFuture<byte[]> arriving =
                RequestBody.gather(late.asFlux(), PATIENCE, share).toFuture();

        share.giveBack();
        late.tryEmitNext(part(4)).orThrow();

        assertThat(held()).isZero();
        arriving.cancel(true);
    }

    @Test
    void nothingCostsNothing() {
        assertThat(RequestBody.gather(Flux.empty(), PATIENCE, budget.share()).block())
                .isEmpty();
        assertThat(held()).isZero();
    }
}
