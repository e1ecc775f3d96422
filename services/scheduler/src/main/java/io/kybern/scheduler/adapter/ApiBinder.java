package io.kybern.scheduler.adapter;

import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.model.PodInfo;

/** Binds a pod by posting to its {@code binding} subresource, for the very pod that was scheduled. */
public final class ApiBinder implements BindPlugin {

    private final KubernetesClient client;

    /** A binder that uses this client. */
    public ApiBinder(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public String name() {
        return "DefaultBinder";
    }

    @Override
    public void bind(PodInfo pod, String node) {
        Binding binding = new BindingBuilder()
                .withNewMetadata()
                .withNamespace(pod.namespace())
                .withName(pod.key().name())
                .withUid(pod.uid())
                .endMetadata()
                .withNewTarget()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(node)
                .endTarget()
                .build();
        String path =
                "/api/v1/namespaces/" + pod.namespace() + "/pods/" + pod.key().name() + "/binding";
        client.raw(path, "POST", binding);
    }
}
