package io.kybern.lifecycle.core.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Creates that are charged now and written or failed later, deletes, caches that lag, counts in between, in any order: there are
 * never more pods than the quota allows, and in the end the count is right.
 */
@Timeout(300)
class QuotaPropertyTest {

    private static final int LIMIT = 4;

    private final QuotaFixture given = new QuotaFixture();
    private final List<InFlight> inFlight = new ArrayList<>();

    private record InFlight(String pod, Instant charged) {}

    static LongStream seeds() {
        return PropertySeeds.of(40);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isNeverExceeded(long seed) {
        Random random = new Random(seed);
        given.quotas.put(QuotaFixture.object("q", "{\"hard\":{\"pods\":\"" + LIMIT + "\"}}", "{}"));
        given.settle();
        given.quotas.hold();
        given.pods.hold();
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> charge("p" + step);
                case 2 -> end(random, random.nextInt(4) > 0);
                case 3 -> delete(random);
                case 4 -> given.pods.deliver(random.nextInt(4));
                case 5 -> given.quotas.deliver(random.nextInt(4));
                case 6 -> pass(Duration.ofMillis(random.nextInt(3000)), random);
                default -> count();
            }
            assertThat(given.pods.all().size())
                    .as("seed %s, step %s", seed, step)
                    .isLessThanOrEqualTo(LIMIT);
        }
        while (!inFlight.isEmpty()) {
            end(random, random.nextBoolean());
        }
        given.queue.add(QuotaFixture.QUOTA);
        given.settle();
        assertThat(given.used())
                .as("seed %s", seed)
                .isEqualTo("pods=" + given.pods.all().size());
    }

    /** What the API server does first: compares with the status and writes over the state that it compared with. */
    private void charge(String pod) {
        MeasuredObject quota = given.quotas.require("default", "q");
        int used = quota.counted().path("status").path("used").path("pods").asInt(0);
        if (used < LIMIT) {
            quota.setStatus(QuotaFixture.tree(
                    "{\"hard\":{\"pods\":\"" + LIMIT + "\"},\"used\":{\"pods\":\"" + (used + 1) + "\"}}"));
            given.quotas.put(quota);
            inFlight.add(new InFlight(pod, given.cluster.clock().instant()));
        }
    }

    /** And what it does then, unless the write fails. */
    private void end(Random random, boolean succeeds) {
        if (!inFlight.isEmpty()) {
            InFlight create = inFlight.remove(random.nextInt(inFlight.size()));
            if (succeeds) {
                given.pods.put(QuotaFixture.object(create.pod(), "{\"containers\":[]}", "{}"));
            }
        }
    }

    private void delete(Random random) {
        List<MeasuredObject> pods = List.copyOf(given.pods.all());
        if (!pods.isEmpty()) {
            given.pods.remove(ObjectKeys.of(pods.get(random.nextInt(pods.size()))));
        }
    }

    /** No write is in flight for longer than the controller waits for it. */
    private void pass(Duration time, Random random) {
        Instant then = given.cluster.clock().instant().plus(time);
        while (inFlight.stream()
                .anyMatch(each -> !each.charged().plus(RecentCharges.IN_FLIGHT).isAfter(then))) {
            end(random, true);
        }
        given.cluster.clock().advance(time);
    }

    private void count() {
        given.queue.add(new ObjectKey("default", "q"));
        try {
            given.work();
        } catch (ApiFailure conflict) {
            assertThat(conflict.isConflict()).isTrue();
        }
    }
}
