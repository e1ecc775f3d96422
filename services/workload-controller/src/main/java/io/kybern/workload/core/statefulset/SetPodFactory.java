package io.kybern.workload.core.statefulset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.controller.model.PodTemplates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the pods of a StatefulSet and their claims. See "Pod Identity" of the Kubernetes page "StatefulSets". */
final class SetPodFactory {

    private static final String POD_NAME = "statefulset.kubernetes.io/pod-name";
    private static final String POD_INDEX = "apps.kubernetes.io/pod-index";

    private SetPodFactory() {}

    static String name(StatefulSet set, int ordinal) {
        return set.getMetadata().getName() + "-" + ordinal;
    }

    /** The pod of an ordinal, as a state of the set has it. */
    static Pod pod(StatefulSet set, PodTemplateSpec template, String revision, int ordinal) {
        String name = name(set, ordinal);
        Pod pod = new PodBuilder(PodTemplates.pod(set, template))
                .editMetadata()
                .withName(name)
                .addToLabels(SetPods.REVISION, revision)
                .addToLabels(identity(name, ordinal))
                .endMetadata()
                .editSpec()
                .withHostname(name)
                .withSubdomain(set.getSpec().getServiceName())
                .endSpec()
                .build();
        pod.getSpec().setVolumes(volumes(set, pod.getSpec().getVolumes(), ordinal));
        return pod;
    }

    /** The labels that say who a pod is. */
    static Map<String, String> identity(String name, int ordinal) {
        return Map.of(POD_NAME, name, POD_INDEX, Integer.toString(ordinal));
    }

    /** A claimed volume takes the place of one of the same name. */
    private static List<Volume> volumes(StatefulSet set, List<Volume> ofTemplate, int ordinal) {
        Map<String, Volume> volumes = new LinkedHashMap<>();
        for (PersistentVolumeClaim claim : claims(set)) {
            String volume = claim.getMetadata().getName();
            volumes.put(
                    volume,
                    new VolumeBuilder()
                            .withName(volume)
                            .withNewPersistentVolumeClaim()
                            .withClaimName(claimName(set, volume, ordinal))
                            .endPersistentVolumeClaim()
                            .build());
        }
        List<Volume> all = new ArrayList<>(volumes.values());
        ofTemplate.stream()
                .filter(volume -> !volumes.containsKey(volume.getName()))
                .forEach(all::add);
        return all;
    }

    private static List<PersistentVolumeClaim> claims(StatefulSet set) {
        return requireNonNullElse(set.getSpec().getVolumeClaimTemplates(), List.of());
    }

    private static String claimName(StatefulSet set, String volume, int ordinal) {
        return volume + "-" + name(set, ordinal);
    }

    /** The claims of an ordinal. */
    static List<PersistentVolumeClaim> claims(StatefulSet set, int ordinal) {
        List<PersistentVolumeClaim> claims = new ArrayList<>();
        for (PersistentVolumeClaim template : claims(set)) {
            ObjectMeta metadata = template.getMetadata();
            Map<String, String> labels = new LinkedHashMap<>(requireNonNullElse(metadata.getLabels(), Map.of()));
            labels.putAll(requireNonNullElse(set.getSpec().getSelector().getMatchLabels(), Map.of()));
            claims.add(new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace(set.getMetadata().getNamespace())
                    .withName(claimName(set, metadata.getName(), ordinal))
                    .withLabels(labels)
                    .withAnnotations(metadata.getAnnotations())
                    .endMetadata()
                    .withSpec(template.getSpec())
                    .build());
        }
        return claims;
    }
}
