package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.access.AccessProperties;
import io.kybern.node.access.FakeReviews;
import io.kybern.node.access.NodeAccess;
import io.kybern.service.access.CertifiedClients;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccessFilterTest {

    private static final String API = "api";

    private final FakeReviews reviews = new FakeReviews();
    private final Queue<Runnable> checks = new ArrayDeque<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private Executor threads = checks::add;

    @BeforeEach
    void connect() throws NoSuchAlgorithmException {
        reviews.allow("ann", "get", "proxy");
        NodeAccess access = new NodeAccess(
                new CertifiedClients(List.of()),
                reviews,
                new AccessProperties(
                        new AccessProperties.Authentication(new AccessProperties.TokenReviews(Duration.ofMinutes(2))),
                        new AccessProperties.Authorization(
                                new AccessProperties.AccessReviews(Duration.ofMinutes(5), Duration.ofSeconds(30)))),
                Clock.systemUTC());
        channel.pipeline()
                .addLast(new AccessFilter(access, new Strangers(), check -> threads.execute(check)))
                .addLast(API, new ChannelInboundHandlerAdapter())
                // behind all others: only asked for certificates, of which it has seen none
                .addLast(new SslHandler(SSLContext.getDefault().createSSLEngine()));
    }

    private FullHttpRequest send(String path, String user) {
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path, Unpooled.buffer());
        request.headers().set(HttpHeaderNames.AUTHORIZATION, "Bearer of-" + user);
        channel.pipeline().fireChannelRead(request);
        return request;
    }

    private void runChecks() {
        for (Runnable check = checks.poll(); check != null; check = checks.poll()) {
            check.run();
            channel.runPendingTasks();
        }
    }

    /** The answer to the request that was let through last. */
    private void answer(HttpResponseStatus status) {
        channel.pipeline()
                .context(API)
                .writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.buffer()));
        channel.runPendingTasks();
    }

    /** The statuses of the answers so far. */
    private List<Integer> answers() {
        List<Integer> statuses = new ArrayList<>();
        for (FullHttpResponse each = channel.readOutbound(); each != null; each = channel.readOutbound()) {
            statuses.add(each.status().code());
            each.release();
        }
        return statuses;
    }

    @Test
    void theNextRequestWaitsUntilTheFormerIsAnswered() {
        FullHttpRequest first = send("/exec", "ann");
        FullHttpRequest second = send("/exec", "nobody");
        FullHttpRequest third = send("/exec", "ann");
        runChecks();
        assertThat(channel.<FullHttpRequest>readInbound()).isSameAs(first);
        assertThat(answers()).as("the second may not, but waits for its turn").isEmpty();
        answer(HttpResponseStatus.OK);
        runChecks();
        assertThat(answers()).containsExactly(200, 403);
        assertThat(second.refCnt()).isZero();
        assertThat(channel.<FullHttpRequest>readInbound()).isSameAs(third);
    }

    @Test
    void whoSendsTooManyRequestsAheadIsCutOff() {
        List<FullHttpRequest> sent = new ArrayList<>();
        // one is checked, sixteen wait
        for (int i = 0; i < 17; i++) {
            sent.add(send("/exec", "ann"));
        }
        assertThat(channel.isOpen()).isTrue();
        sent.add(send("/exec", "ann"));
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        runChecks();
        assertThat(sent).allMatch(each -> each.refCnt() == 0);
    }

    @Test
    void anAddressThatCannotBeReadIsABadRequest() {
        FullHttpRequest request = send("/%zz", "ann");
        channel.runPendingTasks();
        assertThat(answers()).containsExactly(400);
        assertThat(request.refCnt()).isZero();
        send("/exec", "nobody");
        runChecks();
        assertThat(answers()).as("the connection is as good as before").containsExactly(403);
    }

    @Test
    void whatCannotBeCheckedIsLetGo() {
        threads = check -> {
            throw new RejectedExecutionException("stopping");
        };
        FullHttpRequest request = send("/exec", "ann");
        assertThat(request.refCnt()).isZero();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whateverGoesWrongInACheckIsAnswered() {
        reviews.fault = new AssertionError("a fault");
        FullHttpRequest request = send("/exec", "ann");
        runChecks();
        assertThat(answers()).containsExactly(500);
        assertThat(request.refCnt()).isZero();
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aConnectionThatBecomesSomethingElseHasNoFilter() {
        send("/exec", "ann");
        FullHttpRequest behind = send("/exec", "ann");
        runChecks();
        answer(HttpResponseStatus.SWITCHING_PROTOCOLS);
        assertThat(channel.pipeline().get(AccessFilter.class)).isNull();
        assertThat(behind.refCnt()).isZero();
    }
}
