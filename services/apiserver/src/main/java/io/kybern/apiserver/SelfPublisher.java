package io.kybern.apiserver;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.registry.RegistryProperties;
import io.kybern.apiserver.storage.ObjectStore;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps what every cluster has from its first moment: the four namespaces, the service {@code default/kubernetes} with this
 * server's address behind it, so that pods find the API, the range that it belongs to, the objects of flow control, and the statuses
 * of the components.
 */
final class SelfPublisher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SelfPublisher.class);
    private static final List<String> NAMESPACES = List.of("default", "kube-system", "kube-public", "kube-node-lease");
    private static final long PERIOD_SECONDS = 10;
    private static final String NAME = "kubernetes";
    private static final String NETWORKING = "networking.k8s.io";

    private final PublishedObjects objects;
    private final FlowControlObjects flowControl;
    private final ExtensionAuthentication extensions;
    private final ComponentHealth components;
    private final ResourceRegistry registry;
    private final ApiServerProperties properties;
    private final String serviceRange;
    private final String address;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("self-publisher").factory());
    private boolean running;
    private boolean complete;

    /** @param known what the watch cache shows */
    SelfPublisher(
            ObjectStore store,
            ObjectLookup known,
            ResourceRegistry registry,
            ApiServerProperties properties,
            RegistryProperties ranges,
            Clock clock) {
        this.objects = new PublishedObjects(store, known, clock);
        this.flowControl = new FlowControlObjects(objects, registry);
        this.extensions = new ExtensionAuthentication(objects, registry, properties.pkiDirectory());
        this.components = new ComponentHealth(objects, store, known, registry, clock);
        this.registry = registry;
        this.properties = properties;
        this.serviceRange = ranges.serviceClusterIpRange();
        this.address = AdvertisedAddress.of(properties);
    }

    @Override
    public synchronized void start() {
        running = true;
        timer.scheduleWithFixedDelay(this::publishQuietly, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public synchronized void stop() {
        running = false;
        timer.shutdownNow();
    }

    @Override
    public boolean isAutoStartup() {
        return properties.publish();
    }

    @Override
    public synchronized boolean isRunning() {
        return running;
    }

    private void publishQuietly() {
        try {
            publish();
        } catch (RuntimeException e) {
            // of whatever kind: a periodic task that fails once is never run again
            log.atWarn()
                    .setCause(e)
                    .log("The service default/kubernetes and its like could not be brought up to date; trying again"
                            + " soon");
        }
    }

    /** Brings everything up to date; what is right already is not written. */
    void publish() {
        ResourceType namespaces = registry.require("", "v1", "namespaces");
        for (String namespace : NAMESPACES) {
            ObjectNode object = objects.object(namespaces, "", namespace);
            KubeObject.metadata(object).putObject("labels").put("kubernetes.io/metadata.name", namespace);
            object.putObject("spec").putArray("finalizers").add("kubernetes");
            object.putObject("status").put("phase", "Active");
            objects.create(namespaces, object);
        }
        objects.create(registry.require("", "v1", "services"), service());
        objects.ensure(registry.require("", "v1", "endpoints"), endpoints(), "subsets");
        objects.ensure(registry.require("discovery.k8s.io", "v1", "endpointslices"), slice(), "endpoints", "ports");
        objects.create(registry.require(NETWORKING, "v1", "servicecidrs"), serviceCidr());
        if (!complete) {
            objects.create(registry.require(NETWORKING, "v1", "ipaddresses"), serviceAddress());
            extensions.publish();
            complete = true;
        }
        flowControl.publish();
        components.publish();
    }

    private ObjectNode service() {
        ObjectNode service = objects.object(registry.require("", "v1", "services"), "default", NAME);
        KubeObject.metadata(service)
                .putObject("labels")
                .put("component", "apiserver")
                .put("provider", NAME);
        ObjectNode spec = service.putObject("spec");
        spec.put("clusterIP", properties.kubernetesServiceAddress());
        spec.putArray("clusterIPs").add(properties.kubernetesServiceAddress());
        spec.put("internalTrafficPolicy", "Cluster");
        spec.putArray("ipFamilies").add("IPv4");
        spec.put("ipFamilyPolicy", "SingleStack");
        spec.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("port", 443)
                .put("protocol", "TCP")
                .put("targetPort", properties.port());
        spec.put("sessionAffinity", "None").put("type", "ClusterIP");
        service.putObject("status").putObject("loadBalancer");
        return service;
    }

    /** The claim of the service's address, as any other Service has one. */
    private ObjectNode serviceAddress() {
        ObjectNode address = objects.object(
                registry.require(NETWORKING, "v1", "ipaddresses"), "", properties.kubernetesServiceAddress());
        KubeObject.metadata(address)
                .putObject("labels")
                .put("ipaddress.kubernetes.io/ip-family", "IPv4")
                .put("ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io");
        address.putObject("spec")
                .putObject("parentRef")
                .put("group", "")
                .put("resource", "services")
                .put("namespace", "default")
                .put("name", NAME);
        return address;
    }

    private ObjectNode serviceCidr() {
        ObjectNode cidr = objects.object(registry.require(NETWORKING, "v1", "servicecidrs"), "", NAME);
        KubeObject.metadata(cidr).putArray("finalizers").add("networking.k8s.io/service-cidr-finalizer");
        cidr.putObject("spec").putArray("cidrs").add(serviceRange);
        cidr.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "Ready")
                .put("status", "True")
                .put("lastTransitionTime", objects.now())
                .put("reason", "")
                .put("message", "Kubernetes Service CIDR is ready");
        return cidr;
    }

    private ObjectNode endpoints() {
        ObjectNode endpoints = objects.object(registry.require("", "v1", "endpoints"), "default", NAME);
        KubeObject.metadata(endpoints).putObject("labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
        ObjectNode subset = endpoints.putArray("subsets").addObject();
        subset.putArray("addresses").addObject().put("ip", address);
        subset.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("port", properties.port())
                .put("protocol", "TCP");
        return endpoints;
    }

    private ObjectNode slice() {
        ObjectNode slice =
                objects.object(registry.require("discovery.k8s.io", "v1", "endpointslices"), "default", NAME);
        KubeObject.metadata(slice).putObject("labels").put("kubernetes.io/service-name", NAME);
        slice.put("addressType", "IPv4");
        ObjectNode endpoint = slice.putArray("endpoints").addObject();
        endpoint.putArray("addresses").add(address);
        endpoint.putObject("conditions").put("ready", true);
        slice.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("port", properties.port())
                .put("protocol", "TCP");
        return slice;
    }
}
