package io.kybern.apiserver;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps what every cluster has from its first moment: the four namespaces, and the service {@code default/kubernetes} with this
 * server's address behind it, so that pods find the API.
 */
final class SelfPublisher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SelfPublisher.class);
    private static final List<String> NAMESPACES = List.of("default", "kube-system", "kube-public", "kube-node-lease");
    private static final long PERIOD_SECONDS = 10;
    private static final String NAME = "kubernetes";

    private final ObjectStore store;
    private final ResourceRegistry registry;
    private final ApiServerProperties properties;
    private final Clock clock;
    private final String address;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("self-publisher").factory());
    private boolean running;

    SelfPublisher(ObjectStore store, ResourceRegistry registry, ApiServerProperties properties, Clock clock) {
        this.store = store;
        this.registry = registry;
        this.properties = properties;
        this.clock = clock;
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
        } catch (CompletionException | StorageException e) {
            log.atWarn()
                    .setCause(e)
                    .log("The service default/kubernetes could not be brought up to date; trying again soon");
        }
    }

    /** Brings everything up to date; what is right already is not written. */
    void publish() {
        for (String namespace : NAMESPACES) {
            ObjectNode object = object("v1", "Namespace", "", namespace);
            KubeObject.metadata(object).putObject("labels").put("kubernetes.io/metadata.name", namespace);
            object.putObject("spec").putArray("finalizers").add("kubernetes");
            object.putObject("status").put("phase", "Active");
            create(registry.require("", "v1", "namespaces"), object);
        }
        create(registry.require("", "v1", "services"), service());
        ensure(registry.require("", "v1", "endpoints"), endpoints(), "subsets");
        ensure(registry.require("discovery.k8s.io", "v1", "endpointslices"), slice(), "endpoints");
    }

    private ObjectNode object(String apiVersion, String kind, String namespace, String name) {
        ObjectNode object = Json.object().put("apiVersion", apiVersion).put("kind", kind);
        ObjectNode metadata = object.putObject("metadata").put("name", name);
        if (!namespace.isEmpty()) {
            metadata.put("namespace", namespace);
        }
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put(
                "creationTimestamp",
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        return object;
    }

    private ObjectNode service() {
        ObjectNode service = object("v1", "Service", "default", NAME);
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

    private ObjectNode endpoints() {
        ObjectNode endpoints = object("v1", "Endpoints", "default", NAME);
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
        ObjectNode slice = object("discovery.k8s.io/v1", "EndpointSlice", "default", NAME);
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

    private void create(ResourceType type, ObjectNode object) {
        ObjectKey key = KubeObject.key(object);
        if (store.get(type, key).join().isPresent()) {
            return;
        }
        try {
            store.create(type, key, object).join();
        } catch (CompletionException e) {
            // another API server was faster
            if (!(StorageException.of(e) instanceof StorageException.Exists)) {
                throw e;
            }
        }
    }

    private void ensure(ResourceType type, ObjectNode wanted, String part) {
        ObjectKey key = KubeObject.key(wanted);
        Optional<StoredObject> found = store.get(type, key).join();
        if (found.isEmpty()) {
            create(type, wanted);
            return;
        }
        ObjectNode present = found.get().tree();
        if (!present.path(part).equals(wanted.path(part))) {
            present.set(part, wanted.path(part));
            if (wanted.has("ports")) {
                present.set("ports", wanted.get("ports"));
            }
            store.update(type, key, found.get().revision(), present).join();
        }
    }
}
