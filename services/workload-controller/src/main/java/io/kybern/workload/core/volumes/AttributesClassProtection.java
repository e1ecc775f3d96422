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
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lets a class of attributes go when no claim and no volume names it any more, and gives the finalizer to classes that were made without; see
 * "Volume Attributes Classes" in the Kubernetes documentation.
 */
public final class AttributesClassProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/vac-protection";

    private final VolumeAccess access;
    private final Informer<VolumeAttributesClass> classes;
    private final ObjectApi<VolumeAttributesClass> writes;
    private final WriteFence fence;

    /** @param fence where own writes are noted */
    public AttributesClassProtection(
            VolumeAccess access,
            Informer<VolumeAttributesClass> classes,
            ObjectApi<VolumeAttributesClass> writes,
            WriteFence fence) {
        this.access = access;
        this.classes = classes;
        this.writes = writes;
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<VolumeAttributesClass> found = classes.get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        VolumeAttributesClass attributes = found.get();
        List<String> finalizers = requireNonNullElse(attributes.getMetadata().getFinalizers(), List.of());
        boolean kept = finalizers.contains(FINALIZER);
        if (Owners.isTerminating(attributes)) {
            if (kept && !isUsed(key.name())) {
                write(
                        key,
                        new VolumeAttributesClassBuilder(attributes)
                                .editMetadata()
                                .removeFromFinalizers(FINALIZER)
                                .endMetadata()
                                .build());
            }
        } else if (!kept) {
            write(
                    key,
                    new VolumeAttributesClassBuilder(attributes)
                            .editMetadata()
                            .addToFinalizers(FINALIZER)
                            .endMetadata()
                            .build());
        }
        return Outcome.done();
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

    private void write(ObjectKey key, VolumeAttributesClass attributes) {
        try {
            fence.wrote(key, classes, writes.update(attributes).revision());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
