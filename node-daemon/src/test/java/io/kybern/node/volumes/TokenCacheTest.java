package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.testing.MutableClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a pod's tokens are exchanged; "ServiceAccount token volume projection" in the Kubernetes documentation. */
@Timeout(60)
class TokenCacheTest {

    private final MutableClock clock = new MutableClock();
    private final TokenCache tokens = new TokenCache(this::give, clock);
    private int given;
    private boolean away;

    private BoundToken give(Pod pod, @Nullable String audience, Duration lifetime) throws ObjectUnavailableException {
        if (away) {
            throw ObjectUnavailableException.notYet("Token", "ns", "default");
        }
        String name = "%s for %s no. %d".formatted(pod.getMetadata().getUid(), audience, ++given);
        return new BoundToken(name, clock.instant().plus(lifetime));
    }

    private static Pod pod(String uid) {
        return new PodBuilder().withNewMetadata().withUid(uid).endMetadata().build();
    }

    private String token(long seconds) throws ObjectUnavailableException {
        return tokens.token(pod("a"), "vault", seconds);
    }

    @Test
    void aTokenIsExchangedWhenFourFifthsOfItsTimeHavePassed() throws ObjectUnavailableException {
        assertThat(token(1000)).isEqualTo("a for vault no. 1");
        clock.advance(Duration.ofSeconds(799));
        assertThat(token(1000)).isEqualTo("a for vault no. 1");
        clock.advance(Duration.ofSeconds(1));
        assertThat(token(1000)).isEqualTo("a for vault no. 2");
    }

    @Test
    void aTokenOfLongLifeIsExchangedEveryDay() throws ObjectUnavailableException {
        long year = Duration.ofDays(365).toSeconds();
        token(year);
        clock.advance(Duration.ofHours(23));
        assertThat(token(year)).endsWith("no. 1");
        clock.advance(Duration.ofHours(1));
        assertThat(token(year)).endsWith("no. 2");
    }

    @Test
    void everyPodAudienceAndLifetimeHasATokenOfItsOwn() throws ObjectUnavailableException {
        assertThat(tokens.token(pod("a"), null, null)).isEqualTo("a for null no. 1");
        assertThat(tokens.token(pod("b"), "", null)).isEqualTo("b for null no. 2");
        assertThat(token(600)).isEqualTo("a for vault no. 3");
        assertThat(token(900)).isEqualTo("a for vault no. 4");
        assertThat(token(600)).isEqualTo("a for vault no. 3");

        tokens.forget("a");

        assertThat(token(600)).isEqualTo("a for vault no. 5");
    }

    @Test
    void theOldTokenServesAsLongAsItIsGoodWhenThereIsNoNewOne() throws ObjectUnavailableException {
        token(1000);
        away = true;
        clock.advance(Duration.ofSeconds(999));
        assertThat(token(1000)).endsWith("no. 1");

        clock.advance(Duration.ofSeconds(1));
        assertThatThrownBy(() -> token(1000)).isInstanceOf(ObjectUnavailableException.class);

        away = false;
        assertThat(token(1000)).endsWith("no. 2");
    }
}
