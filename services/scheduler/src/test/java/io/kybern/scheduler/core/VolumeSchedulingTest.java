package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.pod;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.VolumeMatch;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pods whose volumes are chosen with their nodes. */
@Timeout(60)
class VolumeSchedulingTest {

    private static final String NO_HELP =
            " preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";

    private final SchedulerFixture given = new SchedulerFixture();
    private final FakeStorage storage = given.storage;

    @BeforeEach
    void twoNodes() {
        given.nodes(node("a", "4", "8Gi"), node("b", "4", "8Gi"));
        storage.lateClass("by-hand", VolumeMatch.BY_HAND);
        storage.lateClass("made", "example.com/maker");
        storage.storageClass("early", VolumeMatch.BY_HAND, "Immediate");
    }

    private static Pod claiming(String name, String... claims) {
        return pod(name, pod -> {
            for (String claim : claims) {
                pod.editSpec()
                        .addNewVolume()
                        .withName(claim)
                        .withNewPersistentVolumeClaim(claim, false)
                        .endVolume()
                        .endSpec();
            }
        });
    }

    private void changed(String claim) {
        given.scheduler.storageChanged(new ObjectKey("default", claim));
    }

    /** Everything that is asked for is answered, but nothing is tried anew. */
    private void settle() {
        given.settle();
        given.answerBindings();
    }

    private void laterOn() {
        given.clock.advance(Duration.ofSeconds(20));
        settle();
    }

    @Test
    void aPodWaitsForItsClaimToBeMadeAndBound() {
        given.pod(claiming("p", "c"));
        settle();
        assertThat(given.events)
                .containsExactly(
                        "FailedScheduling: 0/2 nodes are available: persistentvolumeclaim \"c\" not found." + NO_HELP);

        storage.claim("c", "early");
        changed("c");
        laterOn();
        assertThat(given.events)
                .last()
                .isEqualTo(
                        "FailedScheduling: 0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."
                                + NO_HELP);

        storage.volume("v", "early", "b");
        storage.bind("c", "v");
        changed("c");
        laterOn();
        assertThat(given.bound).containsEntry("p", "b");
        assertThat(storage.writes).isEmpty();
    }

    @Test
    void aPodThatFitsNowhereWithItsVolumesSaysWhy() {
        storage.volume("v", "early", "gone");
        storage.claim("bound", "early");
        storage.bind("bound", "v");
        storage.claim("free", "by-hand");
        storage.volume("elsewhere", "by-hand", "gone");
        storage.claim("lost", "early");
        storage.bind("lost", "no-such-volume");
        given.pod(claiming("far", "bound"));
        given.pod(claiming("poor", "free"));
        given.pod(claiming("torn", "lost"));

        settle();

        assertThat(given.events)
                .containsExactly(
                        "FailedScheduling: 0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity."
                                + NO_HELP,
                        "FailedScheduling: 0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind."
                                + NO_HELP,
                        "FailedScheduling: 0/2 nodes are available: 2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)."
                                + NO_HELP);
    }

    @Test
    void nodeAndVolumeAreChosenTogetherAndThePodIsBoundWhenItsClaimIs() {
        storage.claim("c", "by-hand");
        storage.volume("v", "by-hand", "b");
        given.pod(claiming("p", "c"));

        settle();
        assertThat(storage.writes).containsExactly("keep v for c");
        assertThat(given.bound).isEmpty();

        storage.bind("c", "v");
        changed("c");
        settle();
        assertThat(given.bound).containsEntry("p", "b");
    }

    @Test
    void aProvisionerIsToldTheNode() {
        storage.claim("c", "made");
        given.pod(claiming("p", "c"));

        settle();
        assertThat(storage.writes).singleElement().asString().startsWith("make c on ");
        String node = storage.get("c").getMetadata().getAnnotations().get(VolumeMatch.SELECTED_NODE);

        storage.volume("new", "made", node);
        storage.bind("c", "new");
        given.scheduler.storageChanged(null);
        settle();
        assertThat(given.bound).containsEntry("p", node);
        assertThat(given.events).singleElement().asString().startsWith("Scheduled: ");
    }

    @Test
    void aVolumeIsPromisedOnce() {
        storage.claim("c1", "by-hand");
        storage.claim("c2", "by-hand");
        storage.volume("va", "by-hand", "a");
        storage.volume("vb", "by-hand", "b");
        given.pod(claiming("p1", "c1"));
        given.pod(claiming("p2", "c2"));
        given.pod(claiming("p3", "c1"));

        settle();

        // p3 shares the claim of p1, so it goes where that is bound
        assertThat(storage.writes).hasSize(2).contains("keep va for c1", "keep vb for c2");
        storage.bind("c1", "va");
        storage.bind("c2", "vb");
        changed("c1");
        changed("c2");
        settle();
        assertThat(given.bound)
                .containsEntry("p1", "a")
                .containsEntry("p2", "b")
                .containsEntry("p3", "a");
    }

    @Test
    void aPodThatGoesWhileItsVolumesAreBoundGivesThemBack() {
        storage.claim("c", "by-hand");
        storage.volume("v", "by-hand", "b");
        storage.claim("d", "by-hand");
        given.pod(claiming("p", "c"));
        given.tryAll();
        given.pod(claiming("q", "d"));
        given.tryAll();
        assertThat(given.events)
                .singleElement()
                .asString()
                .contains("didn't find available persistent volumes to bind");

        given.delete("p");
        storage.refuseWrites = new IllegalStateException("away");
        given.answerBindings();
        storage.refuseWrites = null;
        laterOn();

        assertThat(storage.writes).containsExactly("keep v for d");
    }

    @Test
    void aNodeThatIsDeselectedIsChosenAnew() {
        storage.claim("c", "made");
        given.pod(claiming("p", "c"));
        settle();
        storage.put(new PersistentVolumeClaimBuilder(storage.get("c"))
                .editMetadata()
                .removeFromAnnotations(VolumeMatch.SELECTED_NODE)
                .endMetadata()
                .build());

        changed("c");
        assertThat(given.events)
                .containsExactly(
                        "Error: running PreBind plugin \"VolumeBinding\": binding volumes: provisioning failed for PVC \"c\"");
        laterOn();

        assertThat(storage.writes).hasSize(2);
    }

    @Test
    void whatCannotBeWrittenIsTriedAgain() {
        storage.claim("c", "made");
        storage.refuseWrites = new IllegalStateException("away");
        given.pod(claiming("p", "c"));
        settle();
        assertThat(given.events).containsExactly("Error: running PreBind plugin \"VolumeBinding\": away");

        storage.refuseWrites = null;
        laterOn();

        assertThat(storage.writes).hasSize(1);
    }

    @Test
    void volumesThatNeverComeAreGivenUp() {
        storage.claim("c", "made");
        given.pod(claiming("p", "c"));
        settle();
        assertThat(given.scheduler.nextDue()).contains(given.clock.instant().plus(PodBindings.LONGEST_WAIT));

        given.clock.advance(PodBindings.LONGEST_WAIT);
        given.scheduler.scheduleOne();

        assertThat(given.events)
                .containsExactly(
                        "Error: running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded");
    }

    @Test
    void nothingIsBoundByWhoLeadsNoLonger() {
        storage.claim("c", "by-hand");
        storage.volume("v", "by-hand", "b");
        given.pod(claiming("waits", "c"));
        settle();
        assertThat(storage.writes).containsExactly("keep v for c");
        given.pod(pod("begun"));
        given.tryAll();

        given.scheduler.retire();
        storage.bind("c", "v");
        changed("c");
        given.answerBindings();
        assertThat(given.bound).isEmpty();
        assertThat(given.events).isEmpty();

        laterOn();
        assertThat(given.bound).containsEntry("waits", "b").containsKey("begun");
    }

    @Test
    void whatIsPreparedWhileTheSchedulerRetiresGivesItsVolumesBack() {
        storage.claim("c", "by-hand");
        storage.claim("d", "by-hand");
        storage.volume("v", "by-hand", "b");
        given.pod(claiming("p", "c"));
        given.tryAll();
        given.scheduler.retire();
        given.answerBindings();
        given.delete("p");

        given.pod(claiming("q", "d"));
        settle();

        assertThat(storage.writes).containsExactly("keep v for d");
    }

    @Test
    void oneClaimForOnePodIsKeptFromASecondOne() {
        storage.claim("c", "early", claim -> claim.editSpec()
                .withAccessModes("ReadWriteOncePod")
                .endSpec());
        storage.volume("v", "early", "a");
        storage.bind("c", "v");
        given.pod(claiming("p", "c"));
        settle();
        given.pod(claiming("q", "c"));
        settle();
        assertThat(given.events)
                .last()
                .asString()
                .startsWith(
                        "FailedScheduling: 0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.");

        given.delete("p");
        laterOn();
        assertThat(given.bound).containsEntry("q", "a");
    }

    @Test
    void theClaimOfAnEphemeralVolumeMustBelongToThePod() {
        Pod pod = pod("p", each -> each.editSpec()
                .addNewVolume()
                .withName("data")
                .withNewEphemeral()
                .endEphemeral()
                .endVolume()
                .endSpec());
        given.pod(pod);
        settle();
        assertThat(given.events)
                .last()
                .asString()
                .contains("waiting for ephemeral volume controller to create the persistentvolumeclaim \"p-data\".");

        storage.claim("p-data", "made");
        changed("p-data");
        laterOn();
        assertThat(given.events)
                .last()
                .asString()
                .contains("PVC \"default/p-data\" was not created for pod \"default/p\" (pod is not owner).");

        storage.claim("p-data", "made", claim -> claim.editMetadata()
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName("p")
                .withUid("uid-p")
                .withController(true)
                .endOwnerReference()
                .endMetadata());
        changed("p-data");
        laterOn();
        assertThat(storage.writes).singleElement().asString().startsWith("make p-data on ");
    }
}
