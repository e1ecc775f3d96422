package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.List;

/** The slices that one manager keeps: which there are of a Service, and what is done to them. */
final class OwnSlices {

    private final String manager;
    private final Informer<EndpointSlice> slices;
    private final ObjectApi<EndpointSlice> api;
    private final WriteFence fence;

    OwnSlices(String manager, Informer<EndpointSlice> slices, ObjectApi<EndpointSlice> api, WriteFence fence) {
        this.manager = manager;
        this.slices = slices;
        this.api = api;
        this.fence = fence;
    }

    /** The manager's slices of the Service, without those that are going away. */
    List<EndpointSlice> of(ObjectKey service) {
        return slices.byNamespace(service.namespace()).stream()
                .filter(slice -> service.name().equals(Owners.labels(slice).get(SliceTemplate.SERVICE_NAME)))
                .filter(slice -> manager.equals(Owners.labels(slice).get(SliceTemplate.MANAGED_BY)))
                .filter(slice -> !Owners.isTerminating(slice))
                .toList();
    }

    /** Does what was planned, and notes each write. In a namespace that ends nothing is made any more. */
    void carryOut(ObjectKey service, List<SlicePlanner.Action> actions) {
        try {
            for (SlicePlanner.Action action : actions) {
                fence.wrote(service, slices, carryOut(action));
            }
        } catch (ApiFailure failure) {
            if (!failure.isNamespaceTerminating()) {
                throw failure;
            }
        }
    }

    private long carryOut(SlicePlanner.Action action) {
        return switch (action) {
            case SlicePlanner.Action.Create create -> api.create(create.slice()).revision();
            case SlicePlanner.Action.Update update -> api.update(update.slice()).revision();
            case SlicePlanner.Action.Delete delete -> delete(delete.slice());
        };
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
