package io.kybern.workload.adapter;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.workload.core.volumes.LocalDirectories;

/** Asks nodes through the API server's proxy to them. */
public final class NodeDirectories implements LocalDirectories {

    private final RawApi api;

    public NodeDirectories(KubernetesClient client) {
        this.api = new RawApi(client);
    }

    @Override
    public void remove(String node, String volume) {
        try {
            api.delete("/api/v1/nodes/%s/proxy/localVolumes/%s".formatted(node, volume));
        } catch (RawApi.Refused e) {
            throw Unavailable.because(String.valueOf(e.getMessage()));
        }
    }
}
