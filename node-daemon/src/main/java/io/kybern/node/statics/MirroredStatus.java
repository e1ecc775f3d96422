package io.kybern.node.statics;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import io.kybern.node.pods.StaticPod;
import java.util.Optional;
import java.util.function.BiFunction;

/** Writes the status of a static pod into its mirror, and that of every other pod where it belongs. */
public final class MirroredStatus implements PodClient {

    private final PodClient pods;
    private final BiFunction<String, String, Optional<Pod>> objects;

    /** @param objects finds the object of a pod of this node by namespace and name, as far as this node has heard of it */
    public MirroredStatus(PodClient pods, BiFunction<String, String, Optional<Pod>> objects) {
        this.pods = pods;
        this.objects = objects;
    }

    @Override
    public Optional<Pod> writeStatus(Pod base, PodStatus status) throws ObjectUnavailableException {
        if (!StaticPod.isStatic(base)) {
            return pods.writeStatus(base, status).map(StaticPod::fromApi);
        }
        String namespace = base.getMetadata().getNamespace();
        String name = base.getMetadata().getName();
        Pod mirror = objects.apply(namespace, name)
                .filter(object -> StaticPod.mirrors(object, base))
                .orElseThrow(() -> ObjectUnavailableException.notYet("mirror pod", namespace, name));
        if (pods.writeStatus(mirror, status).isEmpty()) {
            throw ObjectUnavailableException.notYet("mirror pod", namespace, name);
        }
        return Optional.of(new PodBuilder(base).withStatus(status).build());
    }

    @Override
    public void confirmDeletion(Pod pod) throws ObjectUnavailableException {
        if (!StaticPod.isStatic(pod)) {
            pods.confirmDeletion(pod);
        }
    }
}
