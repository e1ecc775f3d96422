package io.kybern.lifecycle.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.model.Owners;
import io.kybern.testing.PropertySeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random graphs of owners, circles included, random deletions, caches that lag. */
@Timeout(300)
class GarbagePropertyTest {

    private static final List<String> TYPES = List.of("pods", "replicasets", "configmaps");
    private static final List<String> POLICIES = List.of("Background", "Foreground", "Orphan");

    private final GarbageFixture given = new GarbageFixture();
    private boolean collecting;

    static LongStream seeds() {
        return PropertySeeds.of(30);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void neverDeletesAnObjectWithALiveOwnerAndLeavesNoGarbage(long seed) {
        Random random = new Random(seed);
        for (String type : TYPES) {
            given.served(type).objects.hold();
            given.served(type).onDelete(object -> assertNoLiveOwner(object, seed));
        }
        for (int step = 0; step < 300; step++) {
            String type = TYPES.get(random.nextInt(TYPES.size()));
            switch (random.nextInt(6)) {
                case 0, 1 -> create(type, "o" + step, random);
                case 2 -> reown(type, random);
                case 3 -> delete(type, random);
                case 4 -> given.served(type).objects.deliver(random.nextInt(10));
                default -> work(random.nextInt(5));
            }
        }
        for (int round = 0; round < 30; round++) {
            TYPES.forEach(type -> given.served(type).objects.deliverAll());
            given.catchUp();
            // what every object hears now and then in any case
            given.objects.all().forEach(entry -> given.queue.addAll(given.objects.all(entry)));
            work(Integer.MAX_VALUE);
        }
        for (String type : TYPES) {
            for (OwnedObject object : given.served(type).objects.all()) {
                assertThat(object.getMetadata().getDeletionTimestamp())
                        .as("seed %s: %s ends", seed, object.getMetadata().getName())
                        .isNull();
                List<OwnerReference> owners = Owners.references(object);
                assertThat(owners.isEmpty() || owners.stream().anyMatch(this::lives))
                        .as("seed %s: %s is garbage", seed, object.getMetadata().getName())
                        .isTrue();
            }
        }
    }

    private void create(String type, String name, Random random) {
        given.put(type, "default", name, randomOwners(random));
    }

    private OwnerReference[] randomOwners(Random random) {
        List<OwnerReference> owners = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            List<OwnedObject> all = all(TYPES.get(random.nextInt(TYPES.size())));
            if (!all.isEmpty()) {
                OwnedObject owner = all.get(random.nextInt(all.size()));
                OwnerReference reference = GarbageFixture.by(owner);
                reference.setBlockOwnerDeletion(random.nextBoolean());
                if (owners.stream().noneMatch(o -> o.getUid().equals(reference.getUid()))) {
                    owners.add(reference);
                }
            }
        }
        return owners.toArray(OwnerReference[]::new);
    }

    private void reown(String type, Random random) {
        List<OwnedObject> all = all(type);
        if (!all.isEmpty()) {
            OwnedObject object = all.get(random.nextInt(all.size()));
            if (object.getMetadata().getDeletionTimestamp() == null) {
                given.setOwners(type, object, randomOwners(random));
            }
        }
    }

    private void delete(String type, Random random) {
        List<OwnedObject> all = all(type);
        if (!all.isEmpty()) {
            OwnedObject object = all.get(random.nextInt(all.size()));
            given.served(type)
                    .delete(
                            new ObjectKey("default", object.getMetadata().getName()),
                            DeleteRequest.any().propagating(POLICIES.get(random.nextInt(POLICIES.size()))));
        }
    }

    private List<OwnedObject> all(String type) {
        return List.copyOf(given.served(type).objects.all());
    }

    private void work(int passes) {
        collecting = true;
        try {
            for (int i = 0; i < passes && !given.queue.isEmpty(); i++) {
                ObjectKey key = given.queue.iterator().next();
                given.queue.remove(key);
                given.collector.reconcile(key);
            }
        } catch (ApiFailure failure) {
            throw new AssertionError("only conflicts and absences are to be expected", failure);
        } finally {
            collecting = false;
        }
    }

    private void assertNoLiveOwner(OwnedObject object, long seed) {
        if (collecting) {
            assertThat(Owners.references(object))
                    .as("seed %s: %s", seed, object.getMetadata().getName())
                    .noneMatch(this::lives);
        }
    }

    /** Whether the owner exists and is not one that takes its dependents with it. */
    private boolean lives(OwnerReference owner) {
        return TYPES.stream()
                .flatMap(type -> given.served(type).objects.all().stream())
                .anyMatch(object -> Objects.equals(object.getMetadata().getUid(), owner.getUid())
                        && !OwnerStates.isBeingEmptied(object));
    }
}
