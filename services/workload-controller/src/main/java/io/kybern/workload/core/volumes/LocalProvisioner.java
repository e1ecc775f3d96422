package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.VolumeMatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes volumes that are directories of one node, for claims of classes with its name; see "Dynamic Volume Provisioning" in the
 * Kubernetes documentation. Pure: it says what volume there should be.
 */
final class LocalProvisioner {

    /** The provisioner of storage classes. */
    static final String NAME = "kybern.io/local-path";

    static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    private static final String HOSTNAME = "kubernetes.io/hostname";

    /** Where node daemons keep such directories. */
    private static final String ROOT = "/var/lib/kubelet/local-path/";

    private static final Set<String> ONE_NODE = Set.of("ReadWriteOnce", "ReadWriteOncePod");

    private LocalProvisioner() {}

    /** Why it makes no such volume; empty if it does. */
    static Optional<String> refusal(PersistentVolumeClaim claim, @Nullable String node) {
        if (claim.getSpec().getSelector() != null) {
            return Optional.of("claim.Spec.Selector is not supported");
        }
        if ("Block".equals(claim.getSpec().getVolumeMode())) {
            return Optional.of("block volumes are not supported");
        }
        if (!ONE_NODE.containsAll(modes(claim))) {
            return Optional.of("only ReadWriteOnce and ReadWriteOncePod access modes are supported");
        }
        return node == null ? Optional.of("no node was specified") : Optional.empty();
    }

    private static List<String> modes(PersistentVolumeClaim claim) {
        return requireNonNullElse(claim.getSpec().getAccessModes(), List.<String>of());
    }

    static PersistentVolume volume(PersistentVolumeClaim claim, StorageClass storageClass, Node node) {
        String name = "pvc-" + claim.getMetadata().getUid();
        Map<String, Quantity> requests = claim.getSpec().getResources().getRequests();
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToAnnotations(PROVISIONED_BY, NAME)
                .endMetadata()
                .withNewSpec()
                .withAccessModes(modes(claim))
                .addToCapacity("storage", requests.get("storage"))
                .withVolumeMode("Filesystem")
                .withStorageClassName(storageClass.getMetadata().getName())
                .withPersistentVolumeReclaimPolicy(requireNonNullElse(storageClass.getReclaimPolicy(), "Delete"))
                .withNewHostPath(ROOT + name, "DirectoryOrCreate")
                .withClaimRef(VolumeMatch.referenceTo(claim))
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey(HOSTNAME)
                .withOperator("In")
                .withValues(Owners.labels(node)
                        .getOrDefault(HOSTNAME, node.getMetadata().getName()))
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();
    }

    static boolean made(PersistentVolume volume) {
        return NAME.equals(Owners.annotations(volume).get(PROVISIONED_BY));
    }

    /** The nodes, by the label of their names, on which a volume that it made is: one. */
    static List<String> hostNames(PersistentVolume volume) {
        var affinity = volume.getSpec().getNodeAffinity();
        if (affinity == null || affinity.getRequired() == null) {
            return List.of();
        }
        return affinity.getRequired().getNodeSelectorTerms().stream()
                .flatMap(term -> term.getMatchExpressions().stream())
                .filter(each -> HOSTNAME.equals(each.getKey()))
                .flatMap(each -> each.getValues().stream())
                .toList();
    }

    /** Whether a node is one of those. */
    static boolean isOn(Node node, List<String> hostNames) {
        return hostNames.contains(
                Owners.labels(node).getOrDefault(HOSTNAME, node.getMetadata().getName()));
    }
}
