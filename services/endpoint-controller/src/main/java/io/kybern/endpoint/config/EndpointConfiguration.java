package io.kybern.endpoint.config;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.model.Owners;
import io.kybern.endpoint.core.EndpointSliceReconciler;
import io.kybern.endpoint.core.EndpointsReconciler;
import io.kybern.endpoint.core.MirroringReconciler;
import io.kybern.endpoint.core.ServicePods;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** One controller for EndpointSlices, one for Endpoints, one for EndpointSlices of Endpoints that somebody else keeps. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
public class EndpointConfiguration {

    private static final String SERVICE_NAME = "kubernetes.io/service-name";

    @Bean
    Controller endpointSliceController(Informers informers, ObjectApis apis) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<Service> services = informers.services();
        Informer<Pod> pods = informers.pods();
        return Controller.builder("endpoint_slice")
                .reconciler(new EndpointSliceReconciler(
                        services, pods, informers.endpointSlices(), apis.endpointSlices(), fence))
                .reconciling(services, "Service")
                .watching(pods, "Pod", change -> ServicePods.servicesOf(services, change))
                .watching(informers.endpointSlices(), "EndpointSlice", EndpointConfiguration::serviceOf)
                .fence(fence)
                .build();
    }

    @Bean
    Controller endpointsController(Informers informers, ObjectApis apis) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<Service> services = informers.services();
        Informer<Pod> pods = informers.pods();
        Informer<Endpoints> endpoints = informers.endpoints();
        return Controller.builder("endpoint")
                .reconciler(new EndpointsReconciler(services, pods, endpoints, apis.endpoints(), fence))
                .reconciling(services, "Service")
                .watching(pods, "Pod", change -> ServicePods.servicesOf(services, change))
                .watching(endpoints, "Endpoints", change -> List.of(change.key()))
                .fence(fence)
                .build();
    }

    @Bean
    Controller endpointSliceMirroringController(Informers informers, ObjectApis apis) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        Informer<Service> services = informers.services();
        Informer<Endpoints> endpoints = informers.endpoints();
        return Controller.builder("endpoint_slice_mirroring")
                .reconciler(new MirroringReconciler(
                        services, endpoints, informers.endpointSlices(), apis.endpointSlices(), fence))
                .reconciling(services, "Service")
                .watching(endpoints, "Endpoints", change -> List.of(change.key()))
                .watching(informers.endpointSlices(), "EndpointSlice", EndpointConfiguration::serviceOf)
                .fence(fence)
                .build();
    }

    private static Collection<ObjectKey> serviceOf(ObjectChange<EndpointSlice> change) {
        EndpointSlice slice = change.newest();
        String service = Owners.labels(slice).get(SERVICE_NAME);
        return service == null
                ? List.of()
                : List.of(new ObjectKey(slice.getMetadata().getNamespace(), service));
    }
}
