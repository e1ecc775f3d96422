package io.kybern.workload.core.statefulset;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Creates the claims of a StatefulSet's pods, and lets them end with the set or with their pod if it asks for that. See
 * "PersistentVolumeClaim retention" of the Kubernetes page "StatefulSets".
 */
final class SetClaims {

    private final Informer<PersistentVolumeClaim> cache;
    private final ObjectApi<PersistentVolumeClaim> api;
    private final Adoption<PersistentVolumeClaim> adoption;
    private final WriteFence fence;
    private final EventRecorder recorder;

    SetClaims(
            Informer<PersistentVolumeClaim> cache,
            ObjectApi<PersistentVolumeClaim> api,
            WriteFence fence,
            EventRecorder recorder) {
        this.cache = cache;
        this.api = api;
        this.adoption = new Adoption<>(api);
        this.fence = fence;
        this.recorder = recorder;
    }

    /** Sees to it that the claims of a new pod are there; answers what the pod has to wait for, if one of them is on its way out. */
    Optional<String> create(StatefulSet set, int ordinal) {
        String pod = SetPodFactory.name(set, ordinal);
        for (PersistentVolumeClaim claim : SetPodFactory.claims(set, ordinal)) {
            Optional<PersistentVolumeClaim> known = cache.get(ObjectKeys.of(claim));
            if (known.isEmpty()) {
                createOne(set, pod, claim);
            } else if (Owners.isTerminating(known.get()) || ownedByPod(known.get(), pod)) {
                return Optional.of("pvc " + claim.getMetadata().getName() + " is being deleted");
            }
        }
        return Optional.empty();
    }

    private static boolean ownedByPod(PersistentVolumeClaim claim, String pod) {
        return Owners.references(claim).stream()
                .anyMatch(owner ->
                        owner.getKind().equals("Pod") && owner.getName().equals(pod));
    }

    private void createOne(StatefulSet set, String pod, PersistentVolumeClaim claim) {
        String name = claim.getMetadata().getName();
        String owner = set.getMetadata().getName();
        if (SetSettings.of(set).deleteClaimsWithSet()) {
            claim.getMetadata().setOwnerReferences(List.of(Owners.controllerReference(set)));
        }
        try {
            fence.wrote(ObjectKeys.of(set), cache, api.create(claim).revision());
            recorder.normal(
                    set,
                    "SuccessfulCreate",
                    "create Claim " + name + " Pod " + pod + " in StatefulSet " + owner + " success");
        } catch (ApiFailure failure) {
            if (failure.isAlreadyExists()) {
                return;
            }
            recorder.warning(
                    set,
                    "FailedCreate",
                    "create Claim " + name + " for Pod " + pod + " in StatefulSet " + owner + " failed error: "
                            + failure.getMessage());
            throw failure;
        }
    }

    /** Gives the claims of a pod the owners with which they are to end. */
    void own(StatefulSet set, Pod pod, boolean condemned) {
        SetSettings settings = SetSettings.of(set);
        boolean withPod = condemned && settings.deleteClaimsWithPods();
        boolean withSet = settings.deleteClaimsWithSet() && !withPod;
        for (PersistentVolumeClaim template : SetPodFactory.claims(set, SetPods.ordinal(set, pod))) {
            cache.get(ObjectKeys.of(template)).ifPresent(claim -> {
                List<OwnerReference> owners = new ArrayList<>(Owners.references(claim));
                change(owners, set, withSet, Owners.controllerReference(set));
                change(owners, pod, withPod, reference(pod));
                if (!owners.equals(Owners.references(claim))) {
                    adoption.own(claim, owners)
                            .ifPresent(written -> fence.wrote(ObjectKeys.of(set), cache, written.revision()));
                }
            });
        }
    }

    private static void change(
            List<OwnerReference> owners, HasMetadata owner, boolean wanted, OwnerReference reference) {
        String uid = owner.getMetadata().getUid();
        boolean there = owners.stream().anyMatch(each -> each.getUid().equals(uid));
        if (wanted && !there) {
            owners.add(reference);
        } else if (!wanted && there) {
            owners.removeIf(each -> each.getUid().equals(uid));
        }
    }

    private static OwnerReference reference(Pod pod) {
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .build();
    }
}
