package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthPageTest {

    private final MutableClock clock = new MutableClock();
    private final Heartbeat heartbeat = new Heartbeat(clock);
    private final HealthPage page = new HealthPage(heartbeat);

    @Test
    void aWellNodeSaysSoInAWord() {
        assertThat(page.all(false, List.of())).isEqualTo(new HealthPage.Answer(true, "ok"));
        assertThat(page.all(true, List.of("log", "x")).text()).isEqualTo("""
                        [+]ping ok
                        [+]log excluded: ok
                        [+]syncloop ok
                        warn: some health checks cannot be excluded: no matches for "x"
                        healthz check passed
                        """);
        assertThat(page.one("ping")).contains(new HealthPage.Answer(true, "ok"));
        assertThat(page.one("x")).isEmpty();
    }

    @Test
    void aNodeThatDoesNotGetRoundToItsWorkIsIll() {
        clock.advance(Duration.ofMinutes(5));
        assertThat(page.all(false, List.of())).isEqualTo(new HealthPage.Answer(false, """
                        [+]ping ok
                        [+]log ok
                        [-]syncloop failed: reason withheld
                        healthz check failed
                        """));
        assertThat(page.all(false, List.of("syncloop")).healthy()).isTrue();
        assertThat(page.one("syncloop"))
                .contains(new HealthPage.Answer(false, "internal server error: sync Loop took longer than expected\n"));
        heartbeat.beat();
        assertThat(page.one("syncloop")).contains(new HealthPage.Answer(true, "ok"));
    }
}
