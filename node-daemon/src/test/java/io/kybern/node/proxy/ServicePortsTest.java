package io.kybern.node.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServicePortsTest {

    private static Service service(String clusterIp, String type) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withType(type)
                .withClusterIP(clusterIp)
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withNodePort(30080)
                .endPort()
                .endSpec()
                .build();
    }

    private static EndpointSlice slice(String ip, Boolean ready, Boolean serving, Boolean terminating) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web-" + ip)
                .addToLabels("kubernetes.io/service-name", "web")
                .endMetadata()
                .withAddressType("IPv4")
                .addNewEndpoint()
                .withAddresses(ip)
                .withNodeName("node-1")
                .withNewConditions()
                .withReady(ready)
                .withServing(serving)
                .withTerminating(terminating)
                .endConditions()
                .endEndpoint()
                .addNewPort()
                .withName("http")
                .withPort(8080)
                .endPort()
                .build();
    }

    private static List<String> endpointIps(EndpointSlice... slices) {
        return ServicePorts.join(List.of(service("10.96.0.7", "NodePort")), List.of(slices), "node-1").stream()
                .flatMap(port -> port.endpoints().stream())
                .map(ServicePort.Endpoint::ip)
                .toList();
    }

    @Test
    void endpointsOfEverySliceOfTheServiceAreServed() {
        assertThat(endpointIps(slice("10.244.1.2", true, true, false), slice("10.244.2.2", null, null, null)))
                .containsExactly("10.244.1.2", "10.244.2.2");
    }

    @Test
    void endpointsThatAreNotReadyAreLeftOut() {
        assertThat(endpointIps(slice("10.244.1.2", true, true, false), slice("10.244.1.3", false, false, false)))
                .containsExactly("10.244.1.2");
    }

    @Test
    void terminatingEndpointsThatServeAreUsedWhenNoneIsReady() {
        assertThat(endpointIps(slice("10.244.1.2", false, true, true), slice("10.244.1.3", false, false, true)))
                .containsExactly("10.244.1.2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"None", ""})
    void servicesWithoutClusterIpHaveNoPorts(String clusterIp) {
        assertThat(ServicePorts.join(List.of(service(clusterIp, "ClusterIP")), List.of(), "node-1"))
                .isEmpty();
    }

    @Test
    void theNodePortCountsOnlyWhereTheTypeHasOne() {
        assertThat(ServicePorts.join(List.of(service("10.96.0.7", "ClusterIP")), List.of(), "node-1"))
                .singleElement()
                .extracting(ServicePort::nodePort)
                .isEqualTo(0);
        assertThat(ServicePorts.join(List.of(service("10.96.0.7", "NodePort")), List.of(), "node-1"))
                .singleElement()
                .extracting(ServicePort::nodePort)
                .isEqualTo(30080);
    }
}
