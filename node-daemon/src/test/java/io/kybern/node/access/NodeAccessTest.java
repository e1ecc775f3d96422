package io.kybern.node.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kybern.service.access.CertifiedClients;
import io.kybern.testing.MutableClock;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
class NodeAccessTest {

    private static final AccessProperties SETTINGS = new AccessProperties(
            new AccessProperties.Authentication(new AccessProperties.TokenReviews(Duration.ofMinutes(2))),
            new AccessProperties.Authorization(
                    new AccessProperties.AccessReviews(Duration.ofMinutes(5), Duration.ofSeconds(30))));

    private final FakeReviews reviews = new FakeReviews();
    private final MutableClock clock = new MutableClock();
    private final NodeAccess access = new NodeAccess(new CertifiedClients(List.of()), reviews, SETTINGS, clock);

    private Verdict ask(String path, @Nullable String authorization) {
        return access.check("GET", path, new X509Certificate[0], authorization);
    }

    private static Verdict refused(int status, String text) {
        return new Verdict.Refused(status, text);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "Bearer", "Bearer ", "Basic of-ann", "of-ann", "Bearer unknown"})
    void whoShowsNothingOfWorthIsUnauthorized(@Nullable String authorization) {
        assertThat(ask("/metrics", authorization)).isEqualTo(refused(401, "Unauthorized"));
        assertThat(reviews.accessReviews).isZero();
    }

    @Test
    void whatIsNotAllowedIsForbiddenWithAllThatWasAskedFor() {
        assertThat(ask("/stats/summary", "Bearer of-ann"))
                .isEqualTo(refused(403, "Forbidden (user=ann, verb=get, resource=nodes, subresource(s)=[stats])\n"));
        assertThat(ask("/healthz", "bearer of-ann"))
                .isEqualTo(refused(
                        403, "Forbidden (user=ann, verb=get, resource=nodes, subresource(s)=[healthz proxy])\n"));
    }

    @Test
    void theNarrowSubresourceIsEnoughAndSoIsTheWholeProxy() {
        reviews.allow("ann", "get", "healthz");
        reviews.allow("bob", "get", "proxy");
        assertThat(ask("/healthz", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
        assertThat(ask("/healthz", "Bearer of-bob")).isInstanceOf(Verdict.Admitted.class);
        assertThat(ask("/configz", "Bearer of-ann")).isInstanceOf(Verdict.Refused.class);
        assertThat(ask("/metrics", "Bearer of-bob"))
                .as("metrics are not part of the proxy")
                .isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void answersAreRememberedForAWhile() {
        reviews.allow("ann", "get", "metrics");
        ask("/metrics", "Bearer of-ann");
        reviews.refuse("ann", "get", "metrics");
        clock.advance(Duration.ofSeconds(119));
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
        assertThat(reviews.tokenReviews).isEqualTo(1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
        assertThat(reviews.tokenReviews).isEqualTo(2);
        assertThat(reviews.accessReviews).isEqualTo(1);
        clock.advance(Duration.ofMinutes(3));
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Refused.class);
        reviews.allow("ann", "get", "metrics");
        clock.advance(Duration.ofSeconds(29));
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Refused.class);
        clock.advance(Duration.ofSeconds(1));
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
    }

    @Test
    void withoutAnswersNobodyGetsInAndNothingIsRemembered() {
        reviews.allow("ann", "get", "metrics");
        reviews.away = true;
        assertThat(ask("/metrics", "Bearer of-ann")).isEqualTo(refused(401, "Unauthorized"));
        reviews.away = false;
        ask("/pods", "Bearer of-ann");
        reviews.away = true;
        assertThat(ask("/metrics", "Bearer of-ann"))
                .isEqualTo(
                        refused(500, "Authorization error (user=ann, verb=get, resource=nodes, subresource=metrics)"));
        reviews.away = false;
        assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
    }

    @Test
    void mastersAreNotAskedAbout() {
        assertThat(ask("/exec/ns/pod/c", "Bearer of-masters")).isInstanceOf(Verdict.Admitted.class);
        assertThat(reviews.accessReviews).isZero();
    }

    @Test
    void aTokenThatIsNobodysIsAskedAboutEachTime() {
        assertThat(ask("/metrics", "Bearer unknown")).isEqualTo(refused(401, "Unauthorized"));
        assertThat(ask("/metrics", "Bearer unknown")).isEqualTo(refused(401, "Unauthorized"));
        assertThat(reviews.tokenReviews).isEqualTo(2);
    }

    @Test
    void manyRequestsOfOneClientAreOneQuestion() throws Exception {
        reviews.allow("ann", "get", "metrics");
        reviews.answers = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Verdict>> asked = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asked.add(threads.submit(() -> ask("/metrics", "Bearer of-ann")));
            }
            await("the question is asked").until(() -> reviews.tokenReviews > 0);
            reviews.answers.countDown();
            for (Future<Verdict> each : asked) {
                assertThat(each.get()).isInstanceOf(Verdict.Admitted.class);
            }
        }
        assertThat(reviews.tokenReviews).isEqualTo(1);
        assertThat(reviews.accessReviews).isEqualTo(1);
    }

    @Test
    void tooManyTokensAtOnceAreNotAskedAboutAndThoseWhoAreKnownGetInMeanwhile() throws Exception {
        reviews.allow("ann", "get", "metrics");
        ask("/metrics", "Bearer of-ann");
        int before = reviews.tokenReviews;
        reviews.answers = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Verdict>> asked = new ArrayList<>();
            for (int i = 0; i < ReviewCache.MOST_UNDER_WAY; i++) {
                String token = "Bearer unknown-" + i;
                asked.add(threads.submit(() -> ask("/metrics", token)));
            }
            await("all are asked about").until(() -> reviews.tokenReviews == before + ReviewCache.MOST_UNDER_WAY);
            assertThat(ask("/metrics", "Bearer of-bob"))
                    .isEqualTo(refused(429, "Too many requests, please try again later."));
            assertThat(ask("/metrics", "Bearer of-ann")).isInstanceOf(Verdict.Admitted.class);
            reviews.answers.countDown();
            for (Future<Verdict> each : asked) {
                assertThat(each.get()).isEqualTo(refused(401, "Unauthorized"));
            }
        }
        assertThat(ask("/metrics", "Bearer of-bob"))
                .as("there is room again, and the refusal was not remembered")
                .isInstanceOf(Verdict.Refused.class)
                .extracting(verdict -> ((Verdict.Refused) verdict).status())
                .isEqualTo(403);
    }

    @Test
    void tooManyQuestionsAboutRightsAreAFailure() throws Exception {
        for (int i = 0; i <= ReviewCache.MOST_UNDER_WAY; i++) {
            ask("/metrics", "Bearer of-" + i);
        }
        int before = reviews.accessReviews;
        reviews.answers = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < ReviewCache.MOST_UNDER_WAY; i++) {
                String token = "Bearer of-" + i;
                threads.execute(() -> ask("/stats/summary", token));
            }
            await("all are asked about").until(() -> reviews.accessReviews == before + ReviewCache.MOST_UNDER_WAY);
            assertThat(ask("/stats/summary", "Bearer of-" + ReviewCache.MOST_UNDER_WAY))
                    .isEqualTo(
                            refused(500, "Authorization error (user=16, verb=get, resource=nodes, subresource=stats)"));
            reviews.answers.countDown();
        }
    }

    @Test
    void onlyTheFirstQuestionWithoutAnswerIsWarnedOfAndNoTokenThatIsNobodys() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(NodeAccess.class);
        log.start();
        logger.addAppender(log);
        try {
            ask("/metrics", "Bearer unknown");
            reviews.away = true;
            ask("/metrics", "Bearer of-ann");
            ask("/metrics", "Bearer of-bob");
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list.stream().filter(each -> each.getLevel().isGreaterOrEqual(Level.INFO)))
                .singleElement()
                .satisfies(each -> assertThat(each.getThrowableProxy()).isNull())
                .extracting(ILoggingEvent::getMessage)
                .isEqualTo("Unable to authenticate the request due to an error");
    }

    @Test
    void aCallerStaysWhoItIs() {
        List<String> values = new ArrayList<>(List.of("a"));
        Caller caller = new Caller("ann", "7", List.of(), Map.of("pod", values));
        values.add("b");
        assertThat(caller.extra()).isEqualTo(Map.of("pod", List.of("a")));
    }
}
