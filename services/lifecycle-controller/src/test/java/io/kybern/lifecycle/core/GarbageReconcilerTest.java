package io.kybern.lifecycle.core;

import static io.kybern.lifecycle.core.GarbageFixture.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.kybern.api.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GarbageReconcilerTest {

    private final GarbageFixture given = new GarbageFixture();

    @Test
    void backgroundDeletionTakesTheDependentsOfDependentsToo() {
        OwnedObject set = given.replicaSet("rs");
        OwnedObject pod = given.pod("p", by(set));
        given.put("configmaps", "default", "of-pod", by(pod));
        given.pod("other");
        given.delete("replicasets", "rs", "Background");
        given.collect();
        assertThat(given.names("pods")).containsExactly("other");
        assertThat(given.names("configmaps")).isEmpty();
    }

    @Test
    void foregroundDeletionLetsTheOwnerOutliveItsDependents() {
        OwnedObject set = given.replicaSet("rs");
        given.pod("p", by(set));
        given.pod("q", by(set));
        given.served("pods")
                .onDelete(pod -> assertThat(given.names("replicasets")).containsExactly("rs"));
        given.delete("replicasets", "rs", "Foreground");
        given.collect();
        assertThat(given.names("pods")).isEmpty();
        assertThat(given.names("replicasets")).isEmpty();
    }

    @Test
    void foregroundDeletionWaitsForADependentThatTakesItsTime() {
        OwnedObject set = given.replicaSet("rs");
        OwnedObject pod = given.pod("p", by(set));
        pod.getMetadata().setFinalizers(List.of("example.com/slow"));
        given.served("pods").objects.put(pod);
        given.delete("replicasets", "rs", "Foreground");
        given.collect();
        assertThat(given.names("replicasets")).containsExactly("rs");
        given.served("pods").objects.remove(new ObjectKey("default", "p"));
        given.collect();
        assertThat(given.names("replicasets")).isEmpty();
    }

    @Test
    void aDependentThatDoesNotBlockIsNotWaitedFor() {
        OwnedObject set = given.replicaSet("rs");
        OwnerReference loose =
                new OwnerReferenceBuilder(by(set)).withBlockOwnerDeletion(false).build();
        OwnedObject pod = given.pod("p", loose);
        pod.getMetadata().setFinalizers(List.of("example.com/slow"));
        given.served("pods").objects.put(pod);
        given.delete("replicasets", "rs", "Foreground");
        given.collect();
        assertThat(given.names("replicasets")).isEmpty();
        assertThat(given.served("pods")
                        .objects
                        .require("default", "p")
                        .getMetadata()
                        .getDeletionTimestamp())
                .isNotNull();
    }

    @Test
    void orphanDeletionFreesTheDependents() {
        OwnedObject set = given.replicaSet("rs");
        OwnedObject other = given.replicaSet("other");
        given.pod("p", by(set), by(other));
        given.pod("q", by(set));
        given.delete("replicasets", "rs", "Orphan");
        given.collect();
        assertThat(given.names("replicasets")).containsExactly("other");
        assertThat(given.names("pods")).containsExactly("p", "q");
        assertThat(AnyObjects.ownerUids(given.served("pods").objects.require("default", "p")))
                .containsExactly(other.getMetadata().getUid());
    }

    @Test
    void orphanDeletionWaitsForCachesThatAreBehind() {
        OwnedObject set = given.replicaSet("rs");
        given.served("pods").objects.hold();
        given.pod("late", by(set));
        given.delete("replicasets", "rs", "Orphan");
        given.collector.reconcile(new ObjectKey("default", "replicasets.apps/rs"));
        assertThat(given.names("replicasets")).as("the pod is not seen yet").containsExactly("rs");
        given.served("pods").objects.deliverAll();
        given.collect();
        given.served("pods").objects.deliverAll();
        given.collect();
        assertThat(given.names("replicasets")).isEmpty();
        assertThat(given.names("pods")).containsExactly("late");
    }

    @Test
    void aDependentWithAnotherLiveOwnerSurvives() {
        OwnedObject gone = given.replicaSet("gone");
        OwnedObject stays = given.replicaSet("stays");
        given.pod("p", by(gone), by(stays));
        given.delete("replicasets", "gone", "Background");
        given.collect();
        assertThat(given.names("pods")).containsExactly("p");
        assertThat(AnyObjects.ownerUids(given.served("pods").objects.require("default", "p")))
                .containsExactly(stays.getMetadata().getUid());
    }

    @Test
    void aDependentWithAnotherLiveOwnerSurvivesForegroundDeletionToo() {
        OwnedObject gone = given.replicaSet("gone");
        OwnedObject stays = given.replicaSet("stays");
        given.pod("p", by(gone), by(stays));
        given.delete("replicasets", "gone", "Foreground");
        given.collect();
        assertThat(given.names("pods")).containsExactly("p");
        assertThat(given.names("replicasets")).containsExactly("stays");
    }

    @Test
    void aCircleOfThreeCollapses() {
        for (String policy : List.of("Foreground", "Background")) {
            OwnedObject first = given.pod("1");
            OwnedObject second = given.pod("2", by(first));
            OwnedObject third = given.pod("3", by(second));
            given.setOwners("pods", first, by(third));
            given.delete("pods", "1", policy);
            given.collect();
            assertThat(given.names("pods")).as(policy).isEmpty();
        }
    }

    @Test
    void aCircleOfWhichTwoWereDeletedInTheForegroundCollapses() {
        OwnedObject first = given.pod("1");
        OwnedObject second = given.pod("2", by(first));
        given.setOwners("pods", first, by(second));
        given.delete("pods", "1", "Foreground");
        given.delete("pods", "2", "Foreground");
        given.collect();
        assertThat(given.names("pods")).isEmpty();
    }

    @Test
    void aLongChainGoesFromItsEnd() {
        OwnedObject first = given.pod("1");
        OwnedObject second = given.pod("2", by(first));
        OwnedObject third = given.pod("3", by(second));
        given.pod("4", by(third));
        List<String> order = new ArrayList<>();
        given.served("pods").objects.informer().onChange(change -> {
            if (change.after() == null) {
                order.add(change.key().name());
            }
        });
        given.delete("pods", "1", "Foreground");
        given.collect();
        assertThat(order).containsExactly("4", "3", "2", "1");
    }

    @Test
    void anotherObjectOfTheOwnersNameIsNotTheOwner() {
        OwnedObject set = given.replicaSet("rs");
        given.pod("p", by(set));
        given.served("replicasets").objects.remove(new ObjectKey("default", "rs"));
        given.replicaSet("rs");
        given.collect();
        assertThat(given.names("pods")).isEmpty();
        assertThat(given.names("replicasets")).containsExactly("rs");
    }

    @Test
    void anOwnerThatTheCacheDoesNotShowYetIsAskedFor() {
        given.served("replicasets").objects.hold();
        OwnedObject set = given.replicaSet("rs");
        given.pod("p", by(set));
        given.collect();
        assertThat(given.names("pods")).containsExactly("p");
    }

    @Test
    void anOwnerInAnotherNamespaceCountsAsAbsentAndIsReported() {
        OwnedObject set = given.put("replicasets", "elsewhere", "rs");
        given.pod("p", by(set));
        given.collect();
        assertThat(given.names("pods")).isEmpty();
        assertThat(given.cluster.takeEvents())
                .containsExactly("Warning OwnerRefInvalidNamespace ownerRef [apps/v1/ReplicaSet, namespace: default, "
                        + "name: rs, uid: " + set.getMetadata().getUid()
                        + "] does not exist in namespace \"default\"");
    }

    @Test
    void anObjectOfClusterScopeIsNeverDeletedForAnOwnerInANamespace() {
        OwnedObject set = given.replicaSet("rs");
        given.put("nodes", "", "n", by(set));
        given.delete("replicasets", "rs", "Background");
        given.collect();
        assertThat(given.names("nodes")).containsExactly("n");
    }

    @Test
    void anOwnerOfClusterScopeWorksFromANamespace() {
        OwnedObject node = given.put("nodes", "", "n");
        given.put("configmaps", "default", "claim", by(node));
        given.collect();
        assertThat(given.names("configmaps")).containsExactly("claim");
        given.served("nodes").objects.remove(new ObjectKey("", "n"));
        given.collect();
        assertThat(given.names("configmaps")).isEmpty();
    }

    @Test
    void nothingIsDeletedForAnOwnerOfATypeThatIsNotKnown() {
        given.pod(
                "p",
                new OwnerReferenceBuilder()
                        .withApiVersion("example.com/v1")
                        .withKind("Unknown")
                        .withName("x")
                        .withUid("uid-x")
                        .build());
        given.collect();
        assertThat(given.names("pods")).containsExactly("p");
    }
}
