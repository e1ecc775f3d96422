package io.kybern.workload.core.disruption;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.testing.PropertySeeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Evictions that are allowed now and deleted later, new pods, caches that lag, counts in between: the budget is always kept. */
@Timeout(300)
class DisruptionPropertyTest {

    private static final int MIN = 3;

    private final BudgetFixture given = new BudgetFixture();
    private final List<String> allowed = new ArrayList<>();

    static LongStream seeds() {
        return PropertySeeds.of(40);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void evictionsNeverBreakTheBudget(long seed) {
        Random random = new Random(seed);
        given.budget(new IntOrString(MIN), null);
        for (int i = 0; i < 6; i++) {
            given.pod("first" + i, true);
        }
        given.reconcile();
        given.budgets.hold();
        given.pods.hold();
        int evicted = 0;
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(7)) {
                case 0, 1 -> allow(random);
                case 2 -> evicted += delete(random);
                case 3 -> given.pod("p" + step, true);
                case 4 -> given.pods.deliver(random.nextInt(4));
                case 5 -> given.budgets.deliver(random.nextInt(4));
                default -> count();
            }
            assertThat(given.pods.all().size())
                    .as("seed %s, step %s", seed, step)
                    .isGreaterThanOrEqualTo(MIN);
        }
        assertThat(evicted).as("seed %s", seed).isPositive();
    }

    /** What the eviction subresource does first: takes one of the disruptions that it read. */
    private void allow(Random random) {
        PodDisruptionBudget budget = given.budgets.require("ns", "b");
        List<Pod> pods = given.pods.all().stream()
                .filter(pod -> !allowed.contains(pod.getMetadata().getName()))
                .toList();
        if (budget.getStatus().getDisruptionsAllowed() > 0 && !pods.isEmpty()) {
            String name = pods.get(random.nextInt(pods.size())).getMetadata().getName();
            Map<String, String> disrupted = new HashMap<>(budget.getStatus().getDisruptedPods());
            disrupted.put(name, given.cluster.clock().instant().toString());
            budget.getStatus().setDisruptedPods(disrupted);
            budget.getStatus().setDisruptionsAllowed(budget.getStatus().getDisruptionsAllowed() - 1);
            given.budgets.put(budget);
            allowed.add(name);
        }
    }

    /** And what it does then. */
    private int delete(Random random) {
        if (allowed.isEmpty()) {
            return 0;
        }
        String name = allowed.remove(random.nextInt(allowed.size()));
        given.pods.remove(ObjectKeys.of(given.pods.require("ns", name)));
        return 1;
    }

    private void count() {
        try {
            given.reconcile();
        } catch (ApiFailure conflict) {
            assertThat(conflict.isConflict()).isTrue();
        }
        given.queue.remove(new ObjectKey("ns", "b"));
    }
}
