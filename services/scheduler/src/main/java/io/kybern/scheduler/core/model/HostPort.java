package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A port of the node's own addresses that a pod takes.
 *
 * @param ip the address, {@code 0.0.0.0} for all of them
 * @param protocol TCP, UDP or SCTP
 * @param port 1 to 65535
 */
public record HostPort(String ip, String protocol, int port) {

    private static final String ANY = "0.0.0.0";

    /** The host ports of a pod's containers and sidecars. */
    public static List<HostPort> of(PodSpec spec) {
        List<HostPort> ports = new ArrayList<>();
        Stream<Container> sidecars =
                spec.getInitContainers().stream().filter(c -> "Always".equals(c.getRestartPolicy()));
        Stream.concat(spec.getContainers().stream(), sidecars).forEach(container -> {
            for (ContainerPort port : container.getPorts()) {
                if (port.getHostPort() != null && port.getHostPort() > 0) {
                    ports.add(new HostPort(
                            orElse(port.getHostIP(), ANY), orElse(port.getProtocol(), "TCP"), port.getHostPort()));
                }
            }
        });
        return ports;
    }

    /** Whether both cannot be taken on one node: same protocol and port, on the same or on all addresses. */
    public boolean conflictsWith(HostPort other) {
        return port == other.port
                && protocol.equals(other.protocol)
                && (ip.equals(other.ip) || ip.equals(ANY) || other.ip.equals(ANY));
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
