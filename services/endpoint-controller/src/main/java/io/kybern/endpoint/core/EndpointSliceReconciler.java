package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.List;
import java.util.Optional;

/** Keeps the EndpointSlices of Services that select pods. */
public final class EndpointSliceReconciler implements Reconciler {

    /** Who manages these slices, as their label says. */
    public static final String MANAGER = "endpointslice-controller.k8s.io";

    private final Informer<Service> services;
    private final ServicePods pods;
    private final Informer<EndpointSlice> slices;
    private final ObjectApi<EndpointSlice> api;
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
        this.slices = slices;
        this.api = api;
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
        List<EndpointSlice> present = slices.byNamespace(key.namespace()).stream()
                .filter(slice -> isOurs(slice, key.name()))
                .toList();
        for (SlicePlanner.Action action : planner.plan(service, pods.of(service), present)) {
            carryOut(key, action);
        }
        return Outcome.done();
    }

    private static boolean isOurs(EndpointSlice slice, String service) {
        return service.equals(Owners.labels(slice).get(SlicePlanner.SERVICE_NAME))
                && MANAGER.equals(Owners.labels(slice).get(SlicePlanner.MANAGED_BY))
                && !Owners.isTerminating(slice);
    }

    private void carryOut(ObjectKey key, SlicePlanner.Action action) {
        long revision =
                switch (action) {
                    case SlicePlanner.Action.Create create ->
                        api.create(create.slice()).revision();
                    case SlicePlanner.Action.Update update ->
                        api.update(update.slice()).revision();
                    case SlicePlanner.Action.Delete delete -> delete(delete.slice());
                };
        fence.wrote(key, slices, revision);
    }

    private long delete(EndpointSlice slice) {
        try {
            return api.delete(
                    ObjectKeys.of(slice),
                    DeleteRequest.ofUid(slice.getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (failure.isNotFound()) {
                return 0;
            }
            throw failure;
        }
    }
}
