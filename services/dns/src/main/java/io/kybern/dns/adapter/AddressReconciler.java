package io.kybern.dns.adapter;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ObjectApi;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes the Service of the cluster's DNS, which selects no pods, lead to this process: the leader among several writes its own
 * address. It asks the server for the present state, because it has seldom anything to do.
 */
public final class AddressReconciler implements Reconciler {

    /** The Service of the cluster's DNS. */
    public static final ObjectKey SERVICE = new ObjectKey("kube-system", "kube-dns");

    private final String address;
    private final int port;
    private final ObjectApi<EndpointSlice> slices;
    private final ObjectApi<Endpoints> endpoints;

    public AddressReconciler(
            String address, int port, ObjectApi<EndpointSlice> slices, ObjectApi<Endpoints> endpoints) {
        this.address = address;
        this.port = port;
        this.slices = slices;
        this.endpoints = endpoints;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        if (!key.equals(SERVICE)) {
            return Outcome.done();
        }
        reconcileSlice();
        reconcileEndpoints();
        return Outcome.done();
    }

    private void reconcileSlice() {
        EndpointSlice wanted = slice();
        Optional<EndpointSlice> present = slices.get(SERVICE);
        if (present.isEmpty()) {
            slices.create(wanted);
        } else if (!Objects.equals(present.get().getEndpoints(), wanted.getEndpoints())
                || !Objects.equals(present.get().getPorts(), wanted.getPorts())) {
            wanted.getMetadata().setResourceVersion(present.get().getMetadata().getResourceVersion());
            slices.update(wanted);
        }
    }

    private void reconcileEndpoints() {
        Endpoints wanted = endpoints();
        Optional<Endpoints> present = endpoints.get(SERVICE);
        if (present.isEmpty()) {
            endpoints.create(wanted);
        } else if (!Objects.equals(present.get().getSubsets(), wanted.getSubsets())) {
            wanted.getMetadata().setResourceVersion(present.get().getMetadata().getResourceVersion());
            endpoints.update(wanted);
        }
    }

    private EndpointSlice slice() {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(SERVICE.namespace())
                .withName(SERVICE.name())
                .addToLabels("k8s-app", "kube-dns")
                .addToLabels("kubernetes.io/service-name", SERVICE.name())
                .addToLabels("endpointslice.kubernetes.io/managed-by", "dns.kybern.io")
                .endMetadata()
                .withAddressType("IPv4")
                .addNewEndpoint()
                .withAddresses(address)
                .withNewConditions()
                .withReady(true)
                .withServing(true)
                .withTerminating(false)
                .endConditions()
                .endEndpoint()
                .addNewPort()
                .withName("dns")
                .withPort(port)
                .withProtocol("UDP")
                .endPort()
                .addNewPort()
                .withName("dns-tcp")
                .withPort(port)
                .withProtocol("TCP")
                .endPort()
                .build();
    }

    private Endpoints endpoints() {
        return new EndpointsBuilder()
                .withNewMetadata()
                .withNamespace(SERVICE.namespace())
                .withName(SERVICE.name())
                .addToLabels("k8s-app", "kube-dns")
                .addToLabels("endpointslice.kubernetes.io/skip-mirror", "true")
                .endMetadata()
                .addNewSubset()
                .addNewAddress()
                .withIp(address)
                .endAddress()
                .addNewPort()
                .withName("dns")
                .withPort(port)
                .withProtocol("UDP")
                .endPort()
                .addNewPort()
                .withName("dns-tcp")
                .withPort(port)
                .withProtocol("TCP")
                .endPort()
                .endSubset()
                .build();
    }
}
