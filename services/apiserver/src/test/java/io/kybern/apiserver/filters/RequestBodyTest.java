package io.kybern.apiserver.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.apiserver.filters.BodyBudget.Taking;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
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
    void whatIsLeftOfARequestThatIsOverIsNoBody() {
        BodyBudget.Share share = budget.share();
        share.giveBack();

        for (Flux<ByteBuf> left : List.of(Flux.<ByteBuf>empty(), Flux.just(part(4)))) {
            assertThatThrownBy(() -> RequestBody.gather(left, PATIENCE, share).block())
                    .isInstanceOfSatisfying(
                            BodyRefusedException.class,
                            e -> assertThat(e.answer().status().code()).isEqualTo(400));
        }
        assertThat(held()).isZero();
    }

    @Test
    void oneLevelLeavesRoomForTheOthers() {
        BodyBudget.Share crowd = budget.share();
        crowd.countFor(new BodyBudget.Level("workload-low", false));
        BodyBudget.Share more = budget.share();
        more.countFor(new BodyBudget.Level("workload-low", false));
        BodyBudget.Share other = budget.share();
        other.countFor(new BodyBudget.Level("system", false));

        assertThat(crowd.take(5)).isEqualTo(Taking.TAKEN);
        assertThat(more.take(1)).isEqualTo(Taking.NO_ROOM);
        assertThat(other.take(5)).isEqualTo(Taking.TAKEN);

        crowd.giveBack();
        assertThat(more.take(5)).isEqualTo(Taking.TAKEN);
    }

    @Test
    void anExemptLevelMayTakeAllThatIsLeft() {
        BodyBudget.Share share = budget.share();
        share.countFor(new BodyBudget.Level("exempt", true));

        assertThat(share.take(10)).isEqualTo(Taking.TAKEN);
        assertThat(share.take(1)).isEqualTo(Taking.NO_ROOM);
    }

    @Test
    void whatIsRefusedIsForgottenUpToItsEnd() {
        BodyBudget.Share share = budget.share();
        Flux<ByteBuf> parts = Flux.just(part(8), part(8), part(8));

        assertThatThrownBy(() -> RequestBody.gather(parts, PATIENCE, share).block())
                .isInstanceOfSatisfying(BodyRefusedException.class, e -> assertThat(e.isUnread())
                        .isFalse());
        assertThat(held()).isZero();
    }

    @Test
    void whatHasNoEndIsGivenUp() {
        Flux<ByteBuf> parts = Flux.<ByteBuf>generate(sink -> sink.next(part(1_000_000)));

        assertThatThrownBy(() ->
                        RequestBody.gather(parts, PATIENCE, budget.share()).block())
                .isInstanceOfSatisfying(BodyRefusedException.class, e -> assertThat(e.isUnread())
                        .isTrue());
        assertThat(RequestBody.drain(parts, 3_000_000).block()).isFalse();
    }

    @Test
    void whatNobodyWantsIsWaitedForIfItIsShort() {
        assertThat(RequestBody.drain(Flux.just(part(3), part(4)), 7).block()).isTrue();
        assertThat(RequestBody.drain(Flux.just(part(3), part(5)), 7).block()).isFalse();
        assertThat(RequestBody.drain(Flux.empty(), 7).block()).isTrue();
        assertThat(RequestBody.drain(Flux.error(new IllegalStateException("gone")), 7)
                        .block())
                .isFalse();
    }

    @Test
    void nothingCostsNothing() {
        assertThat(RequestBody.gather(Flux.empty(), PATIENCE, budget.share()).block())
                .isEmpty();
        assertThat(held()).isZero();
    }
}
