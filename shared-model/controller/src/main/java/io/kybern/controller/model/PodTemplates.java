package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.util.Objects;

/** Makes pods from templates. */
public final class PodTemplates {

    private PodTemplates() {}

    /** A new pod of the owner, whose name the API server completes. */
    public static Pod pod(HasMetadata owner, PodTemplateSpec template) {
        ObjectMeta metadata = Objects.requireNonNullElse(template.getMetadata(), new ObjectMeta());
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(owner.getMetadata().getNamespace())
                .withGenerateName(owner.getMetadata().getName() + "-")
                .withLabels(metadata.getLabels())
                .withAnnotations(metadata.getAnnotations())
                .withFinalizers(metadata.getFinalizers())
                .withOwnerReferences(Owners.controllerReference(owner))
                .endMetadata()
                .withSpec(template.getSpec())
                .build();
    }
}
