package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.Optional;

/** Keeps the EndpointSlices of Services that select pods. */
public final class EndpointSliceReconciler implements Reconciler {

    /** Who manages these slices, as their label says. */
    public static final String MANAGER = "endpointslice-controller.k8s.io";

    private final Informer<Service> services;
    private final ServicePods pods;
    private final OwnSlices slices;
    private final WriteFence fence;
    private final SlicePlanner planner = new SlicePlanner(MANAGER);

    /** @param fence where own writes are noted */
    public EndpointSliceReconciler(
            Informer<Service> services,
            Informer<Pod> pods,
            Informer<EndpointSlice> slices,
            ObjectApi<EndpointSlice> api,
            WriteFence fence) {
        this.services = services;
        this.pods = new ServicePods(pods);
        this.slices = new OwnSlices(MANAGER, slices, api, fence);
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Service> found = services.get(key);
        if (found.isEmpty()) {
            // the slices go with their owner
            fence.forget(key);
            return Outcome.done();
        }
        Service service = found.get();
        if (!ServicePods.selects(service) || Owners.isTerminating(service)) {
            return Outcome.done();
        }
        slices.carryOut(key, planner.plan(service, pods.of(service), slices.of(key)));
        return Outcome.done();
    }
}
