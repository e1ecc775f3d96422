package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.kybern.controller.model.Canonical;
import org.jspecify.annotations.Nullable;

/**
 * Compares pod templates and names the ReplicaSets that have them.
 *
 * <p>See "Deployment: Pod-template-hash label" of the Kubernetes documentation. The hash differs in value from that of other
 * implementations, which is allowed: it is stored with the ReplicaSet and never computed again for an existing one.
 */
final class Templates {

    /** The label that tells the pods of one ReplicaSet of a Deployment from those of another. */
    static final String HASH_LABEL = "pod-template-hash";

    private Templates() {}

    /** Whether two templates ask for the same pods, the hash label apart. */
    static boolean sameApartFromHash(PodTemplateSpec one, PodTemplateSpec other) {
        return Canonical.tree(withoutHash(one)).equals(Canonical.tree(withoutHash(other)));
    }

    /**
     * The hash of a template.
     *
     * @param collisions how often the name with the hash was taken by another template; each makes another hash
     */
    static String hash(PodTemplateSpec template, @Nullable Integer collisions) {
        return Canonical.hash(Canonical.tree(withoutHash(template)), collisions);
    }

    /** A copy of the template with the hash label. */
    static PodTemplateSpec withHash(PodTemplateSpec template, String hash) {
        return new PodTemplateSpecBuilder(template)
                .editOrNewMetadata()
                .addToLabels(HASH_LABEL, hash)
                .endMetadata()
                .build();
    }

    private static PodTemplateSpec withoutHash(PodTemplateSpec template) {
        ObjectMeta metadata = template.getMetadata();
        if (metadata == null
                || metadata.getLabels() == null
                || !metadata.getLabels().containsKey(HASH_LABEL)) {
            return template;
        }
        return new PodTemplateSpecBuilder(template)
                .editMetadata()
                .removeFromLabels(HASH_LABEL)
                .endMetadata()
                .build();
    }
}
