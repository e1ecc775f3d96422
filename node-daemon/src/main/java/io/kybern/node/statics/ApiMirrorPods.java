package io.kybern.node.statics;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import io.kybern.node.pods.StaticPod;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Mirror pods at the API server. They belong to the node's object, so they go with it. */
public final class ApiMirrorPods implements MirrorPods {

    private static final int EXISTS = 409;

    private final KubernetesClient client;
    private final PodClient pods;
    private final Supplier<@Nullable Node> node;

    /** @param node the node's own object; null before it is known */
    public ApiMirrorPods(KubernetesClient client, PodClient pods, Supplier<@Nullable Node> node) {
        this.client = client;
        this.pods = pods;
        this.node = node;
    }

    @Override
    public void create(Pod staticPod) throws ObjectUnavailableException {
        Node owner = node.get();
        if (owner == null) {
            return;
        }
        String namespace = staticPod.getMetadata().getNamespace();
        Pod mirror = new PodBuilder(staticPod)
                .editMetadata()
                .withUid(null)
                .addToAnnotations(
                        StaticPod.MIRROR,
                        staticPod.getMetadata().getAnnotations().get(StaticPod.HASH))
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("v1")
                        .withKind("Node")
                        .withName(owner.getMetadata().getName())
                        .withUid(owner.getMetadata().getUid())
                        .withController(true)
                        .build())
                .endMetadata()
                .build();
        try {
            client.pods().inNamespace(namespace).resource(mirror).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != EXISTS) {
                throw ObjectUnavailableException.reading(
                        "mirror pod", namespace, staticPod.getMetadata().getName(), e);
            }
        }
    }

    @Override
    public void remove(Pod object) throws ObjectUnavailableException {
        pods.confirmDeletion(object);
    }
}
