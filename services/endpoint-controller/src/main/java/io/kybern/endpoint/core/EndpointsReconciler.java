package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.Optional;

/** Keeps the Endpoints of Services that select pods, and removes them with their Service. */
public final class EndpointsReconciler implements Reconciler {

    private final Informer<Service> services;
    private final ServicePods pods;
    private final Informer<Endpoints> endpoints;
    private final ObjectApi<Endpoints> api;
    private final WriteFence fence;

    /** @param fence where own writes are noted */
    public EndpointsReconciler(
            Informer<Service> services,
            Informer<Pod> pods,
            Informer<Endpoints> endpoints,
            ObjectApi<Endpoints> api,
            WriteFence fence) {
        this.services = services;
        this.pods = new ServicePods(pods);
        this.endpoints = endpoints;
        this.api = api;
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Service> service = services.get(key);
        Optional<Endpoints> present = endpoints.get(key);
        if (service.isEmpty()) {
            if (present.isPresent() && isManaged(present.get())) {
                delete(key, present.get());
            }
            fence.forget(key);
            return Outcome.done();
        }
        if (!ServicePods.selects(service.get())) {
            return Outcome.done();
        }
        Endpoints wanted = EndpointsPlanner.plan(service.get(), pods.of(service.get()), present.orElse(null));
        if (present.isEmpty()) {
            create(key, wanted);
        } else if (!wanted.equals(present.get())) {
            fence.wrote(key, endpoints, api.update(wanted).revision());
        }
        return Outcome.done();
    }

    private void create(ObjectKey key, Endpoints wanted) {
        try {
            fence.wrote(key, endpoints, api.create(wanted).revision());
        } catch (ApiFailure failure) {
            // the Service is about to go with its namespace
            if (!failure.isNamespaceTerminating()) {
                throw failure;
            }
        }
    }

    private static boolean isManaged(Endpoints present) {
        return Owners.labels(present).containsKey(EndpointsPlanner.MANAGED_BY);
    }

    private void delete(ObjectKey key, Endpoints present) {
        try {
            api.delete(key, DeleteRequest.ofUid(present.getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
