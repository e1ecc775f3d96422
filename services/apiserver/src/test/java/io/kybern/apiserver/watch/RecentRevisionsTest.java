package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecentRevisionsTest {

    private final RecentRevisions recent = new RecentRevisions(Duration.ofMinutes(1), Duration.ofSeconds(20));

    @Test
    void remembersAsLongAsItShould() {
        recent.tick(10);
        recent.tick(20);
        recent.tick(30);
        assertThat(recent.oldest()).isZero();
        recent.tick(30);
        assertThat(recent.oldest()).isEqualTo(10);
        recent.tick(30);
        assertThat(recent.oldest()).isEqualTo(20);
    }

    @Test
    void beginsAnewWithTheStore() {
        for (int i = 0; i < 5; i++) {
            recent.tick(100);
        }
        recent.clear();
        recent.tick(1);
        assertThat(recent.oldest()).isZero();
    }
}
