package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.pod;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In whatever order pods come and go and bindings are answered: no volume is kept for two claims, and pods are where their volumes are. */
@Timeout(300)
class VolumePromisePropertyTest {

    private static final int VOLUMES = 6;

    private static int written;
    private static int bound;

    @BeforeAll
    static void nothingYet() {
        written = 0;
        bound = 0;
    }

    @AfterAll
    static void volumesWerePromisedAndPodsBound() {
        assertThat(written).as("writes").isPositive();
        assertThat(bound).as("bound pods").isPositive();
    }

    private static LongStream seeds() {
        return PropertySeeds.of(60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyVolumeIsPromisedOnce(long seed) {
        Random random = new Random(seed);
        SchedulerFixture given = new SchedulerFixture(seed);
        FakeStorage storage = given.storage;
        given.nodes(node("a", "64", "64Gi"), node("b", "64", "64Gi"));
        storage.lateClass("by-hand", VolumeMatch.BY_HAND);
        for (int i = 0; i < VOLUMES; i++) {
            storage.volume("v" + i, "by-hand", random.nextBoolean() ? "a" : "b");
            storage.claim("c" + i, "by-hand");
        }
        for (int step = 0; step < 120; step++) {
            int number = random.nextInt(VOLUMES);
            switch (random.nextInt(8)) {
                case 0 -> come(given, "p" + step + "-" + number, "c" + number);
                case 1 -> {
                    if (!given.pods.isEmpty()) {
                        given.delete(List.copyOf(given.pods.keySet()).get(random.nextInt(given.pods.size())));
                    }
                }
                case 2 -> given.tryAll();
                case 3 -> given.answerBindings();
                case 4 -> storage.refuseWrites = random.nextInt(3) == 0 ? new IllegalStateException("away") : null;
                case 5 -> bindKept(given, storage);
                case 6 -> {
                    if (random.nextInt(4) == 0) {
                        given.scheduler.retire();
                    }
                }
                default -> given.clock.advance(Duration.ofSeconds(random.nextInt(12)));
            }
        }
        written += storage.writes.size();
        bound += given.bound.size();
        Map<String, String> claimOf = new HashMap<>();
        for (String write : storage.writes) {
            String[] words = write.split(" ");
            assertThat(claimOf.computeIfAbsent(words[1], volume -> words[3]))
                    .as(write)
                    .isEqualTo(words[3]);
        }
        assertThat(new ArrayList<>(claimOf.values())).doesNotHaveDuplicates();
        given.pods.forEach((name, each) -> {
            String volume = storage.get("c" + name.substring(name.indexOf('-') + 1))
                    .getSpec()
                    .getVolumeName();
            if (each.getSpec().getNodeName() != null) {
                assertThat(VolumeMatch.reach(storage.volume(volume).orElseThrow())
                                .orElseThrow()
                                .matches(
                                        "",
                                        Map.of(
                                                "kubernetes.io/hostname",
                                                each.getSpec().getNodeName())))
                        .as(name)
                        .isTrue();
            }
        });
    }

    private static void come(SchedulerFixture given, String name, String claim) {
        given.pod(pod(name, each -> each.editSpec()
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim(claim, false)
                .endVolume()
                .endSpec()));
    }

    /** What the binder does with claims for which a volume is kept. */
    private static void bindKept(SchedulerFixture given, FakeStorage storage) {
        for (int i = 0; i < VOLUMES; i++) {
            String claim = "c" + i;
            storage.volumes().stream()
                    .filter(volume -> volume.getSpec().getClaimRef() != null
                            && claim.equals(volume.getSpec().getClaimRef().getName()))
                    .map(volume -> volume.getMetadata().getName())
                    .findFirst()
                    .ifPresent(volume -> {
                        storage.bind(claim, volume);
                        given.scheduler.storageChanged(new ObjectKey("default", claim));
                    });
        }
    }
}
