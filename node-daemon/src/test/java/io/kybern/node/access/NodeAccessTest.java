package io.kybern.node.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.service.access.CertifiedClients;
import io.kybern.testing.MutableClock;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

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
}
