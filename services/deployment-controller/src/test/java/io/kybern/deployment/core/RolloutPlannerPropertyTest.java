package io.kybern.deployment.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs rollouts against ReplicaSets that act and report late, at random, and checks the two promises after every step. Seeds are in
 * the failure text.
 */
@Timeout(180)
class RolloutPlannerPropertyTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    /** The pods that a ReplicaSet really has, which its status tells later. */
    private static final class Pods {
        int ready;
        int unready;
    }

    private final Map<String, ReplicaSet> sets = new LinkedHashMap<>();
    private final Map<String, Pods> pods = new LinkedHashMap<>();
    private Deployment deployment = Fixtures.deployment(1, "image-0");
    private int created;

    @Test
    void neverBreaksTheBoundsAndAlwaysArrives() {
        for (long seed = 1; seed <= 200; seed++) {
            run(seed);
        }
    }

    private void run(long seed) {
        Random random = new Random(seed);
        sets.clear();
        pods.clear();
        int replicas = 1 + random.nextInt(12);
        deployment = Fixtures.rolling(
                Fixtures.deployment(replicas, "image-0"), bound(random, replicas), bound(random, replicas));
        settle();
        RolloutBounds bounds = RolloutBounds.of(deployment);
        for (int step = 0; step < 150; step++) {
            if (random.nextInt(25) == 0) {
                deployment = Fixtures.image(deployment, "image-" + random.nextInt(4));
            }
            act(random);
            String where = "seed %d step %d: %s, %s".formatted(seed, step, bounds, sizes());
            assertThat(total()).as("pods, " + where).isLessThanOrEqualTo(bounds.maxTotal());
            assertThat(ready()).as("available, " + where).isGreaterThanOrEqualTo(bounds.minAvailable());
        }
        settle();
        assertThat(total()).as("arrived, seed %d", seed).isEqualTo(replicas);
        assertThat(sets.values().stream()
                        .filter(set -> set.getSpec().getReplicas() > 0)
                        .count())
                .as("one set, seed %d", seed)
                .isEqualTo(1);
    }

    private static IntOrString bound(Random random, int replicas) {
        return random.nextBoolean()
                ? new IntOrString(random.nextInt(101) + "%")
                : new IntOrString(random.nextInt(replicas + 1));
    }

    /** One random thing happens. */
    private void act(Random random) {
        switch (random.nextInt(4)) {
            case 0 -> controller();
            case 1 ->
                sets.keySet().stream().filter(name -> random.nextBoolean()).forEach(this::scalePods);
            case 2 ->
                pods.values().stream()
                        .filter(p -> p.unready > 0 && random.nextBoolean())
                        .forEach(p -> {
                            p.unready--;
                            p.ready++;
                        });
            default -> sets.replaceAll((name, set) -> random.nextBoolean() ? report(set) : set);
        }
    }

    /** Everything happens until nothing changes any more. */
    private void settle() {
        for (int round = 0; round < 60; round++) {
            controller();
            sets.keySet().forEach(this::scalePods);
            pods.values().forEach(p -> {
                p.ready += p.unready;
                p.unready = 0;
            });
            sets.replaceAll((name, set) -> report(set));
        }
    }

    private void controller() {
        RolloutPlan plan = RolloutPlanner.plan(deployment, sets.values(), Set.of(), NOW);
        for (RolloutAction action : plan.actions()) {
            switch (action) {
                case RolloutAction.CreateSet create -> {
                    String name = create.wanted().getMetadata().getName();
                    sets.put(
                            name,
                            new ReplicaSetBuilder(create.wanted())
                                    .editMetadata()
                                    .withUid(name)
                                    .withGeneration(1L)
                                    .withCreationTimestamp(
                                            NOW.plusSeconds(++created).toString())
                                    .endMetadata()
                                    .build());
                    pods.put(name, new Pods());
                }
                case RolloutAction.UpdateSet update -> {
                    ReplicaSet changed = update.wanted();
                    if (update.from() != update.to()) {
                        changed.getMetadata()
                                .setGeneration(changed.getMetadata().getGeneration() + 1);
                    }
                    sets.put(changed.getMetadata().getName(), changed);
                }
                case RolloutAction.DeleteSet delete -> {
                    sets.remove(delete.old().getMetadata().getName());
                    pods.remove(delete.old().getMetadata().getName());
                }
                case RolloutAction.NoteRevision note ->
                    deployment.getMetadata().setAnnotations(Map.of(Annotations.REVISION, note.revision()));
            }
        }
        deployment = new DeploymentBuilder(deployment).withStatus(plan.status()).build();
    }

    private void scalePods(String name) {
        int wanted = sets.get(name).getSpec().getReplicas();
        Pods p = pods.get(name);
        int surplus = p.ready + p.unready - wanted;
        if (surplus < 0) {
            p.unready -= surplus;
        } else {
            int unready = Math.min(surplus, p.unready);
            p.unready -= unready;
            p.ready -= surplus - unready;
        }
    }

    private ReplicaSet report(ReplicaSet set) {
        Pods p = pods.get(set.getMetadata().getName());
        return new ReplicaSetBuilder(set)
                .withNewStatus()
                .withReplicas(p.ready + p.unready)
                .withReadyReplicas(p.ready)
                .withAvailableReplicas(p.ready)
                .withObservedGeneration(set.getMetadata().getGeneration())
                .endStatus()
                .build();
    }

    /** Pods, counting those that a set is asked for and has not created yet. */
    private int total() {
        return sets.values().stream()
                .mapToInt(set -> set.getSpec().getReplicas())
                .sum();
    }

    private int ready() {
        return pods.values().stream().mapToInt(p -> p.ready).sum();
    }

    private String sizes() {
        StringBuilder text = new StringBuilder();
        sets.forEach((name, set) -> text.append(name)
                .append('=')
                .append(set.getSpec().getReplicas())
                .append('(')
                .append(pods.get(name).ready)
                .append(" ready) "));
        return text.toString();
    }
}
