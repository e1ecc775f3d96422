package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.controller.model.Owners;
import java.util.HashMap;
import java.util.Map;

/**
 * What all slices of a Service have in common.
 *
 * @param namespace where they are
 * @param service the Service's name, which their names begin with
 * @param labels all their labels
 * @param owner whom they go away with
 */
record SliceTemplate(String namespace, String service, Map<String, String> labels, OwnerReference owner) {

    static final String SERVICE_NAME = "kubernetes.io/service-name";
    static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    static final String HEADLESS = "service.kubernetes.io/headless";

    SliceTemplate {
        labels = Map.copyOf(labels);
    }

    /** For the slices of a Service that selects pods. */
    static SliceTemplate of(Service service, String manager) {
        Map<String, String> labels = new HashMap<>(Owners.labels(service));
        if ("None".equals(service.getSpec().getClusterIP())) {
            labels.put(HEADLESS, "");
        } else {
            labels.remove(HEADLESS);
        }
        return of(service, "Service", labels, manager);
    }

    /** For the slices of an owner that has the Service's name, with those labels besides the two that every slice has. */
    static SliceTemplate of(HasMetadata owner, String kind, Map<String, String> labels, String manager) {
        String name = owner.getMetadata().getName();
        Map<String, String> all = new HashMap<>(labels);
        all.put(SERVICE_NAME, name);
        all.put(MANAGED_BY, manager);
        OwnerReference reference = Owners.controllerReference(owner);
        reference.setApiVersion("v1");
        reference.setKind(kind);
        return new SliceTemplate(owner.getMetadata().getNamespace(), name, all, reference);
    }
}
