package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A pod as an endpoint of a Service.
 *
 * @param pod the pod; it has an address
 * @param ip its address
 * @param ready whether it takes new connections
 * @param serving whether it could: the same, whatever its end
 * @param terminating whether it is ending
 * @param hostname its own name within the Service; null if it has none there
 * @param ports the Service's ports as this pod serves them; named ports differ from pod to pod
 */
record PodEndpoint(
        Pod pod,
        String ip,
        boolean ready,
        boolean serving,
        boolean terminating,
        @Nullable String hostname,
        List<Port> ports) {

    /** One port: its name in the Service, its number in the pod. */
    record Port(
            String name,
            int port,
            String protocol,
            @Nullable String appProtocol) {}

    PodEndpoint {
        ports = List.copyOf(ports);
    }

    /** The pod, as endpoints name what is behind them. */
    ObjectReference reference() {
        ObjectMeta metadata = pod.getMetadata();
        return new ObjectReferenceBuilder()
                .withKind("Pod")
                .withNamespace(metadata.getNamespace())
                .withName(metadata.getName())
                .withUid(metadata.getUid())
                .build();
    }

    /** The pod as an endpoint; empty if it has no address yet or has ended. */
    static Optional<PodEndpoint> of(Service service, Pod pod) {
        String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        if (ip == null || ip.isEmpty() || PodStates.hasEnded(pod)) {
            return Optional.empty();
        }
        boolean publishAll = Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
        boolean terminating = Owners.isTerminating(pod);
        boolean serving = publishAll || PodStates.isReady(pod);
        boolean ready = publishAll || serving && !terminating;
        return Optional.of(
                new PodEndpoint(pod, ip, ready, serving, terminating, hostname(service, pod), ports(service, pod)));
    }

    private static @Nullable String hostname(Service service, Pod pod) {
        String hostname = pod.getSpec().getHostname();
        boolean belongs = service.getMetadata().getName().equals(pod.getSpec().getSubdomain());
        return belongs && hostname != null && !hostname.isEmpty() ? hostname : null;
    }

    private static List<Port> ports(Service service, Pod pod) {
        List<Port> ports = new ArrayList<>();
        for (ServicePort port : Objects.requireNonNullElse(service.getSpec().getPorts(), List.<ServicePort>of())) {
            number(port, pod)
                    .ifPresent(number -> ports.add(new Port(
                            Objects.requireNonNullElse(port.getName(), ""),
                            number,
                            Objects.requireNonNullElse(port.getProtocol(), "TCP"),
                            port.getAppProtocol())));
        }
        return ports;
    }

    private static Optional<Integer> number(ServicePort port, Pod pod) {
        IntOrString target = port.getTargetPort();
        if (target == null) {
            return Optional.ofNullable(port.getPort());
        }
        String name = target.getStrVal();
        if (name == null || name.isEmpty()) {
            Integer number = target.getIntVal();
            return Optional.ofNullable(number == null || number == 0 ? port.getPort() : number);
        }
        String protocol = Objects.requireNonNullElse(port.getProtocol(), "TCP");
        for (Container container : pod.getSpec().getContainers()) {
            for (ContainerPort each : Objects.requireNonNullElse(container.getPorts(), List.<ContainerPort>of())) {
                if (name.equals(each.getName())
                        && protocol.equals(Objects.requireNonNullElse(each.getProtocol(), "TCP"))) {
                    return Optional.of(each.getContainerPort());
                }
            }
        }
        return Optional.empty();
    }
}
