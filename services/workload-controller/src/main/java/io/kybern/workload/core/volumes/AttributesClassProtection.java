package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClassBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import java.util.Collection;
import java.util.stream.Stream;

/**
 * Lets a class of attributes go when no claim and no volume names it any more, and gives the finalizer to classes that were made without; see
 * "Volume Attributes Classes" in the Kubernetes documentation.
 */
public final class AttributesClassProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/vac-protection";

    private final VolumeAccess access;
    private final FinalizerGuard<VolumeAttributesClass> guard;

    /** @param fence where own writes are noted */
    public AttributesClassProtection(
            VolumeAccess access,
            Informer<VolumeAttributesClass> classes,
            ObjectApi<VolumeAttributesClass> writes,
            WriteFence fence) {
        this.access = access;
        this.guard = new FinalizerGuard<>(
                FINALIZER, classes, writes, fence, (object, finalizers) -> new VolumeAttributesClassBuilder(object)
                        .editMetadata()
                        .withFinalizers(finalizers)
                        .endMetadata()
                        .build());
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        return guard.reconcile(key, attributes -> isUsed(key.name()));
    }

    /** The server is asked too, because the caches may lag behind. */
    private boolean isUsed(String name) {
        return isNamed(name, access.claims().list(), access.volumes().list())
                || isNamed(
                        name,
                        access.writes().claims().list().items(),
                        access.writes().volumes().list().items());
    }

    private static boolean isNamed(
            String name, Collection<PersistentVolumeClaim> claims, Collection<PersistentVolume> volumes) {
        return Stream.concat(
                        claims.stream().flatMap(AttributesClassProtection::namesIn),
                        volumes.stream().flatMap(AttributesClassProtection::namesIn))
                .anyMatch(name::equals);
    }

    /** The classes that a claim wants, has, or is on its way to. */
    public static Stream<String> namesIn(PersistentVolumeClaim claim) {
        Stream.Builder<String> names = Stream.builder();
        names.add(requireNonNullElse(claim.getSpec().getVolumeAttributesClassName(), ""));
        if (claim.getStatus() != null) {
            names.add(requireNonNullElse(claim.getStatus().getCurrentVolumeAttributesClassName(), ""));
            if (claim.getStatus().getModifyVolumeStatus() != null) {
                names.add(requireNonNullElse(
                        claim.getStatus().getModifyVolumeStatus().getTargetVolumeAttributesClassName(), ""));
            }
        }
        return names.build().filter(name -> !name.isEmpty());
    }

    /** The class of a volume, if it has one. */
    public static Stream<String> namesIn(PersistentVolume volume) {
        return Stream.of(requireNonNullElse(volume.getSpec().getVolumeAttributesClassName(), ""))
                .filter(name -> !name.isEmpty());
    }
}
