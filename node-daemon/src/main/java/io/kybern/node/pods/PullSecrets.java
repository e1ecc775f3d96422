package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.kybern.node.events.EventSink;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The logins that a pod's pull secrets give for an image. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/">private registries</a>.
 */
final class PullSecrets {

    private final ReferencedObjects objects;
    private final EventSink events;

    PullSecrets(ReferencedObjects objects, EventSink events) {
        this.objects = objects;
        this.events = events;
    }

    /** The logins to try, the best first; secrets that cannot be had are told of and left out. */
    List<PullLogin> logins(Pod pod, String image) {
        List<LocalObjectReference> names =
                Objects.requireNonNullElse(pod.getSpec().getImagePullSecrets(), List.<LocalObjectReference>of());
        List<DockerConfig.Entry> entries = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (LocalObjectReference name : names) {
            Optional<Secret> secret = secret(pod, name.getName());
            if (secret.isPresent()) {
                entries.addAll(DockerConfig.read(secret.get()));
            } else {
                missing.add(name.getName());
            }
        }
        if (!missing.isEmpty()) {
            events.record(
                    EventSink.of(pod, null),
                    EventSink.Type.WARNING,
                    "FailedToRetrieveImagePullSecret",
                    "Unable to retrieve some image pull secrets (" + String.join(", ", missing)
                            + "); attempting to pull the image may not succeed.");
        }
        return DockerConfig.matching(entries, image);
    }

    private Optional<Secret> secret(Pod pod, String name) {
        try {
            return objects.secret(pod.getMetadata().getNamespace(), name);
        } catch (ObjectUnavailableException unknown) {
            return Optional.empty();
        }
    }
}
