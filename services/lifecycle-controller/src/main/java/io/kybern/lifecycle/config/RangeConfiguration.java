package io.kybern.lifecycle.config;

import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.kybern.api.ResourceRegistry;
import io.kybern.controller.Controller;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.events.Informer;
import io.kybern.lifecycle.core.OwnedObject;
import io.kybern.lifecycle.core.ranges.ServiceCidrReconciler;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The controller of the ranges that cluster IPs are taken from. */
@Configuration(proxyBeanMethods = false)
class RangeConfiguration {

    private static final String GROUP = "networking.k8s.io";

    /** The cache of ranges. */
    static Informer<ServiceCIDR> ranges(Informers informers) {
        return informers.of(GROUP, "v1", "servicecidrs", ServiceCIDR.class);
    }

    @Bean
    Controller serviceCidrController(Informers informers, ApiClients clients, LeaderElector elector) {
        Informer<ServiceCIDR> ranges = ranges(informers);
        Informer<OwnedObject> addresses = informers.of(GROUP, "v1", "ipaddresses", OwnedObject.class);
        WriteFence fence = new WriteFence(Clock.systemUTC());
        ServiceCidrReconciler reconciler = new ServiceCidrReconciler(
                ranges,
                addresses,
                clients.objects(
                        ResourceRegistry.builtIn().require(GROUP, "v1", "servicecidrs"),
                        ServiceCIDR.class,
                        elector::isLeader),
                fence,
                Clock.systemUTC());
        return Controller.builder("service-cidr-controller")
                .reconciler(reconciler)
                .reconciling(ranges, "ServiceCIDR")
                .watching(ranges, "ServiceCIDR", change -> reconciler.leaving())
                .watching(addresses, "IPAddress", change -> reconciler.leaving())
                .fence(fence)
                .build();
    }
}
