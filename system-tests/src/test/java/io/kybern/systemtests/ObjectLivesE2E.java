package io.kybern.systemtests;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The objects of nodes, networks and configuration that mostly others act on, each through its life with the API. */
class ObjectLivesE2E extends ClusterTest {

    private static final String CONDITION =
            "{\"type\":\"Tested\",\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"set\","
                    + "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}";

    private ClusterApi api;

    @BeforeAll
    void connect() {
        api = ClusterApi.open(kubectl);
    }

    @AfterAll
    void disconnect() {
        api.close();
    }

    private String name(String suffix) {
        return kubectl.namespace() + "-" + suffix;
    }

    private ObjectLife of(String collection, String manifest) {
        return new ObjectLife(api, collection, kubectl.namespace(), List.of(name("a"), name("b")), manifest);
    }

    private ObjectLife inNamespace(String group, String resource, String manifest) {
        return of(group + "/namespaces/" + kubectl.namespace() + "/" + resource, manifest);
    }

    @Test
    void configMapsLive() {
        inNamespace("/api/v1", "configmaps", "data: { key: value }").live();
    }

    @Test
    void secretsLive() {
        inNamespace("/api/v1", "secrets", "stringData: { key: value }").live();
    }

    @Test
    void podTemplatesLive() {
        inNamespace("/api/v1", "podtemplates", "template: { spec: { containers: [{ name: c, image: none:1 }] } }")
                .live();
    }

    @Test
    void podsLiveAndHaveAStatus() {
        inNamespace(
                        "/api/v1",
                        "pods",
                        "spec: { nodeSelector: { no: such-node }, containers: [{ name: c, image: none:1 }] }")
                .liveWithStatus("{\"status\":{\"message\":\"set by a test\"}}", "/status/message", "set by a test");
    }

    @Test
    void leasesLive() {
        inNamespace("/apis/coordination.k8s.io/v1", "leases", "spec: { holderIdentity: e2e, leaseDurationSeconds: 30 }")
                .live();
    }

    @Test
    void servicesLiveAndHaveAStatus() {
        inNamespace("/api/v1", "services", "spec: { ports: [{ port: 80 }] }")
                .liveWithStatus(
                        "{\"status\":{\"conditions\":[" + CONDITION + "]}}", "/status/conditions/0/type", "Tested");
    }

    @Test
    void endpointsLive() {
        inNamespace("/api/v1", "endpoints", "subsets: [{ addresses: [{ ip: 203.0.113.1 }], ports: [{ port: 80 }] }]")
                .live();
    }

    @Test
    void endpointSlicesLive() {
        inNamespace("/apis/discovery.k8s.io/v1", "endpointslices", """
                addressType: IPv4
                endpoints: [{ addresses: [203.0.113.1] }]
                ports: [{ port: 80 }]
                """).live();
    }

    @Test
    void ingressesLiveAndHaveAStatus() {
        inNamespace(
                        "/apis/networking.k8s.io/v1",
                        "ingresses",
                        "spec: { ingressClassName: nobody, defaultBackend: { service: { name: s, port: { number: 80 } } } }")
                .liveWithStatus(
                        "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"169.1.1.1\"}]}}}",
                        "/status/loadBalancer/ingress/0/ip",
                        "169.1.1.1");
    }

    @Test
    void ingressClassesLive() {
        of("/apis/networking.k8s.io/v1/ingressclasses", "spec: { controller: example.com/nobody }")
                .live();
    }

    @Test
    void rangesOfServiceAddressesLiveAndHaveAStatus() {
        of("/apis/networking.k8s.io/v1/servicecidrs", "spec: { cidrs: [198.19.255.0/24] }")
                .liveWithStatus(
                        "{\"status\":{\"conditions\":[" + CONDITION + "]}}", "/status/conditions/0/type", "Tested");
    }

    @Test
    void addressesLive() {
        Random random = new Random();
        String network = "198.18.%d.".formatted(random.nextInt(256));
        new ObjectLife(
                        api,
                        "/apis/networking.k8s.io/v1/ipaddresses",
                        kubectl.namespace(),
                        List.of(network + "1", network + "2"),
                        "spec: { parentRef: { resource: services, namespace: %s, name: nobody } }"
                                .formatted(kubectl.namespace()))
                .live();
    }

    @Test
    void runtimeClassesLive() {
        of("/apis/node.k8s.io/v1/runtimeclasses", "handler: e2e\noverhead: { podFixed: { cpu: 10m } }")
                .live();
    }

    @Test
    void deviceClassesLive() {
        of(
                        "/apis/resource.k8s.io/v1/deviceclasses",
                        "spec: { selectors: [{ cel: { expression: \"device.driver == 'e2e.example.com'\" } }] }")
                .live();
    }

    @Test
    void slicesOfDevicesLive() {
        of("/apis/resource.k8s.io/v1/resourceslices", """
                spec:
                  driver: e2e.example.com
                  allNodes: true
                  pool: { name: e2e, generation: 1, resourceSliceCount: 1 }
                  devices: [{ name: d, attributes: { model: { string: m } } }]
                """).live();
    }

    @Test
    void claimsOfDevicesLiveAndHaveAStatus() {
        inNamespace(
                        "/apis/resource.k8s.io/v1",
                        "resourceclaims",
                        "spec: { devices: { requests: [{ name: r, exactly: { deviceClassName: none.example.com } }] } }")
                .liveWithStatus(
                        "{\"status\":{\"allocation\":{\"devices\":{\"results\":[{\"request\":\"r\","
                                + "\"driver\":\"e2e.example.com\",\"pool\":\"e2e\",\"device\":\"d\"}]}}}}",
                        "/status/allocation/devices/results/0/device",
                        "d");
    }

    @Test
    void templatesOfDeviceClaimsLive() {
        inNamespace(
                        "/apis/resource.k8s.io/v1",
                        "resourceclaimtemplates",
                        "spec: { spec: { devices: { requests: [{ name: r, exactly: { deviceClassName: none.example.com } }] } } }")
                .live();
    }
}
