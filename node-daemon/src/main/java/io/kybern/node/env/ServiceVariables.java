package io.kybern.node.env;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The variables by which a container finds Services. See <a
 * href="https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables">environment
 * variables</a>.
 */
final class ServiceVariables {

    private ServiceVariables() {}

    /**
     * @param links the Services of the pod's own namespace; empty when the pod does not want links
     * @param defaults the Services of namespace {@code default}, of which {@code kubernetes} is always told
     */
    static Map<String, String> of(Collection<Service> links, Collection<Service> defaults) {
        Map<String, String> out = new LinkedHashMap<>();
        for (Service s : defaults) {
            if (s.getMetadata().getName().equals("kubernetes")) {
                add(out, s);
            }
        }
        for (Service s : links) {
            add(out, s);
        }
        return out;
    }

    private static void add(Map<String, String> out, Service service) {
        String ip = service.getSpec() == null ? null : service.getSpec().getClusterIP();
        if (ip == null || ip.isEmpty() || ip.equals("None")) {
            return;
        }
        String prefix = name(service.getMetadata().getName());
        out.put(prefix + "_SERVICE_HOST", ip);
        List<ServicePort> ports = service.getSpec().getPorts();
        if (ports == null || ports.isEmpty()) {
            return;
        }
        out.put(prefix + "_SERVICE_PORT", ports.getFirst().getPort().toString());
        for (ServicePort port : ports) {
            if (port.getName() != null && !port.getName().isEmpty()) {
                out.put(
                        prefix + "_SERVICE_PORT_" + name(port.getName()),
                        port.getPort().toString());
            }
        }
        boolean first = true;
        for (ServicePort port : ports) {
            String protocol = port.getProtocol() == null ? "TCP" : port.getProtocol();
            String small = protocol.toLowerCase(Locale.ROOT);
            String address = small + "://" + ip + ":" + port.getPort();
            if (first) {
                out.put(prefix + "_PORT", address);
                first = false;
            }
            String portPrefix = prefix + "_PORT_" + port.getPort() + "_" + protocol.toUpperCase(Locale.ROOT);
            out.put(portPrefix, address);
            out.put(portPrefix + "_PROTO", small);
            out.put(portPrefix + "_PORT", port.getPort().toString());
            out.put(portPrefix + "_ADDR", ip);
        }
    }

    private static String name(String name) {
        return name.replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
