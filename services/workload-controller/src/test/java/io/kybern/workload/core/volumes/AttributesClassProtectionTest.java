package io.kybern.workload.core.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClassBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.fake.FakeObjects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What keeps a class of attributes, and until when. */
@Timeout(60)
class AttributesClassProtectionTest extends VolumeTest {

    private static final ObjectKey GOLD = ObjectKey.clusterScoped("gold");

    private final FakeObjects<VolumeAttributesClass> attributes =
            cluster.objects("storage.k8s.io", "v1", "volumeattributesclasses", VolumeAttributesClass.class);
    private final AttributesClassProtection protection =
            new AttributesClassProtection(access, attributes.informer(), attributes, fence);

    private void gold(boolean going) {
        attributes.put(new VolumeAttributesClassBuilder()
                .withNewMetadata()
                .withName("gold")
                .withFinalizers(going ? new String[] {"kubernetes.io/vac-protection"} : new String[0])
                .withDeletionTimestamp(going ? "2026-01-02T03:04:05Z" : null)
                .endMetadata()
                .withDriverName("a.b")
                .build());
    }

    /** Whether it is held after it was looked at. */
    private boolean isHeld() {
        protection.reconcile(GOLD);
        return attributes.all().stream()
                .anyMatch(each -> each.getMetadata().getFinalizers().contains("kubernetes.io/vac-protection"));
    }

    @Test
    void aClassThatWasMadeWithoutGetsTheFinalizer() {
        gold(false);

        assertThat(isHeld()).isTrue();
    }

    @Test
    void aClassStaysAsLongAsAClaimWantsIt() {
        claim("c", "1Gi", claim -> claim.editSpec()
                .withVolumeAttributesClassName("gold")
                .endSpec());
        gold(true);
        assertThat(isHeld()).isTrue();

        claims.remove(new ObjectKey("ns", "c"));

        assertThat(isHeld()).isFalse();
    }

    @Test
    void aClassStaysWhileAClaimHasItOrIsOnItsWayThere() {
        claim("c", "1Gi", claim -> claim.editSpec()
                .withVolumeAttributesClassName("silver")
                .endSpec()
                .withNewStatus()
                .withCurrentVolumeAttributesClassName("gold")
                .endStatus());
        gold(true);
        assertThat(isHeld()).isTrue();

        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", "c"))
                .withNewStatus()
                .withCurrentVolumeAttributesClassName("silver")
                .withNewModifyVolumeStatus("InProgress", "gold")
                .endStatus()
                .build());
        assertThat(isHeld()).isTrue();

        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", "c"))
                .withNewStatus()
                .withCurrentVolumeAttributesClassName("silver")
                .endStatus()
                .build());
        assertThat(isHeld()).isFalse();
    }

    @Test
    void aClassStaysAsLongAsAVolumeIsOfIt() {
        volume("v", "1Gi", volume -> volume.editSpec()
                .withVolumeAttributesClassName("gold")
                .endSpec());
        gold(true);
        assertThat(isHeld()).isTrue();

        volumes.remove(ObjectKey.clusterScoped("v"));

        assertThat(isHeld()).isFalse();
    }

    @Test
    void aClassStaysForAClaimThatTheCacheDoesNotShowYet() {
        claims.hold();
        claim("c", "1Gi", claim -> claim.editSpec()
                .withVolumeAttributesClassName("gold")
                .endSpec());
        gold(true);

        assertThat(isHeld()).isTrue();
    }
}
