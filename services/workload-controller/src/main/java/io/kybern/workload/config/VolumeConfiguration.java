package io.kybern.workload.config;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import io.kybern.workload.adapter.NodeDirectories;
import io.kybern.workload.core.volumes.AttributesClassProtection;
import io.kybern.workload.core.volumes.ClaimProtection;
import io.kybern.workload.core.volumes.ClaimReconciler;
import io.kybern.workload.core.volumes.EphemeralClaims;
import io.kybern.workload.core.volumes.VolumeAccess;
import io.kybern.workload.core.volumes.VolumeProtection;
import io.kybern.workload.core.volumes.VolumeReconciler;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Claims and volumes. */
@Configuration(proxyBeanMethods = false)
class VolumeConfiguration {

    /** A claim that finds no volume is looked at again as often as in Kubernetes' binder, at most. */
    private static final Duration RESYNC = Duration.ofMinutes(2);

    @Bean
    VolumeAccess volumeAccess(Informers informers, Informer<Pod> workloadPods, ObjectApis apis) {
        return new VolumeAccess(
                informers.persistentVolumeClaims(),
                informers.persistentVolumes(),
                informers.of("storage.k8s.io", "v1", "storageclasses", StorageClass.class),
                workloadPods,
                informers.nodes(),
                new VolumeAccess.Writes(
                        apis.persistentVolumeClaims(), apis.of("", "v1", "persistentvolumes", PersistentVolume.class)));
    }

    /** One worker: two claims never reach for one volume at once. */
    @Bean
    Controller claimController(VolumeAccess access, EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder("claims")
                .reconciler(new ClaimReconciler(access, fence, recorder(recorders)))
                .reconciling(access.claims(), "PersistentVolumeClaim")
                .watching(access.volumes(), "PersistentVolume", change -> wanting(access, change))
                .watching(access.classes(), "StorageClass", change -> unbound(access))
                .watching(access.pods(), "Pod", change -> List.of())
                .watching(access.nodes(), "Node", change -> List.of())
                .workers(1)
                .resync(RESYNC)
                .fence(fence)
                .build();
    }

    @Bean
    Controller volumeController(VolumeAccess access, EventRecorders recorders, ApiClients clients) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder("volumes")
                .reconciler(new VolumeReconciler(
                        access,
                        fence,
                        recorder(recorders),
                        Clock.systemUTC(),
                        new NodeDirectories(clients.kubernetes())))
                .reconciling(access.volumes(), "PersistentVolume")
                .watching(access.claims(), "PersistentVolumeClaim", change -> volumesOf(access, change))
                .fence(fence)
                .build();
    }

    @Bean
    Controller ephemeralVolumeController(VolumeAccess access, EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder("ephemeral_volume")
                .reconciler(new EphemeralClaims(access, fence, recorders.of("ephemeral_volume")))
                .reconciling(access.pods(), "Pod", VolumeConfiguration::bringsClaims)
                .watching(access.claims(), "PersistentVolumeClaim", VolumeConfiguration::podWithout)
                .fence(fence)
                .build();
    }

    private static boolean bringsClaims(ObjectChange<Pod> change) {
        Pod pod = change.after();
        return pod != null
                && change.before() == null
                && pod.getSpec().getVolumes().stream().anyMatch(volume -> volume.getEphemeral() != null);
    }

    /** The pod whose claim is gone: it gets another. */
    private static Collection<ObjectKey> podWithout(ObjectChange<PersistentVolumeClaim> change) {
        return change.after() != null
                ? List.of()
                : Owners.controllerOf(change.newest()).filter(owner -> "Pod".equals(owner.getKind())).stream()
                        .map(owner -> new ObjectKey(change.key().namespace(), owner.getName()))
                        .toList();
    }

    @Bean
    Controller claimProtectionController(VolumeAccess access, ApiClients clients) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder("pvcprotection")
                .reconciler(new ClaimProtection(
                        access,
                        namespace -> clients.kubernetes()
                                .pods()
                                .inNamespace(namespace)
                                .list()
                                .getItems(),
                        fence))
                .reconciling(access.claims(), "PersistentVolumeClaim")
                .watching(access.pods(), "Pod", VolumeConfiguration::released)
                .fence(fence)
                .build();
    }

    @Bean
    Controller volumeProtectionController(VolumeAccess access) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        return Controller.builder("pvprotection")
                .reconciler(new VolumeProtection(access, fence))
                .reconciling(access.volumes(), "PersistentVolume")
                .fence(fence)
                .build();
    }

    @Bean
    Controller attributesClassProtectionController(VolumeAccess access, Informers informers, ObjectApis apis) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<VolumeAttributesClass> classes =
                informers.of("storage.k8s.io", "v1", "volumeattributesclasses", VolumeAttributesClass.class);
        return Controller.builder("vacprotection")
                .reconciler(new AttributesClassProtection(
                        access,
                        classes,
                        apis.of("storage.k8s.io", "v1", "volumeattributesclasses", VolumeAttributesClass.class),
                        fence))
                .reconciling(classes, "VolumeAttributesClass")
                .watching(
                        access.claims(),
                        "PersistentVolumeClaim",
                        change -> named(change, AttributesClassProtection::namesIn))
                .watching(
                        access.volumes(),
                        "PersistentVolume",
                        change -> named(change, AttributesClassProtection::namesIn))
                .fence(fence)
                .build();
    }

    /** The classes of attributes that an object named before it changed or went. */
    private static <T> Collection<ObjectKey> named(ObjectChange<T> change, Function<T, Stream<String>> names) {
        T before = change.before();
        return before == null
                ? List.of()
                : names.apply(before).map(ObjectKey::clusterScoped).toList();
    }

    /** The claims that a pod leaves behind when it goes. */
    private static Collection<ObjectKey> released(ObjectChange<Pod> change) {
        return change.after() != null
                ? List.of()
                : ClaimReconciler.claimsOf(change.newest()).stream()
                        .map(ObjectKey::parse)
                        .toList();
    }

    private static EventRecorder recorder(EventRecorders recorders) {
        return recorders.of("persistentvolume-controller");
    }

    /** A volume that changes may be the one that a claim waits for, or the one that it has. */
    private static Collection<ObjectKey> wanting(VolumeAccess access, ObjectChange<PersistentVolume> change) {
        List<ObjectKey> keys = new ArrayList<>(unbound(access));
        ObjectReference reference = change.newest().getSpec().getClaimRef();
        if (reference != null && reference.getNamespace() != null) {
            keys.add(new ObjectKey(reference.getNamespace(), reference.getName()));
        }
        return keys;
    }

    private static List<ObjectKey> unbound(VolumeAccess access) {
        return access.claims().list().stream()
                .filter(claim -> claim.getStatus() == null
                        || !"Bound".equals(claim.getStatus().getPhase()))
                .map(ObjectKeys::of)
                .toList();
    }

    private static Collection<ObjectKey> volumesOf(VolumeAccess access, ObjectChange<PersistentVolumeClaim> change) {
        PersistentVolumeClaim claim = change.newest();
        return access.volumes().list().stream()
                .filter(volume -> {
                    ObjectReference reference = volume.getSpec().getClaimRef();
                    return volume.getMetadata().getName().equals(claim.getSpec().getVolumeName())
                            || reference != null
                                    && claim.getMetadata().getName().equals(reference.getName())
                                    && claim.getMetadata().getNamespace().equals(reference.getNamespace());
                })
                .map(ObjectKeys::of)
                .toList();
    }
}
