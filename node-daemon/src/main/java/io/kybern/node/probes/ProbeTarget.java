package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/**
 * The container instance that is asked.
 *
 * @param container its spec, for port names
 * @param containerId the engine's id
 * @param podIp where its ports are
 */
public record ProbeTarget(Container container, String containerId, String podIp) {

    /** The number of a port given by number or name; 0 if there is no such name. */
    int port(@Nullable IntOrString port) {
        if (port == null) {
            return 0;
        }
        if (port.getIntVal() != null) {
            return port.getIntVal();
        }
        String name = port.getStrVal();
        if (container.getPorts() != null) {
            for (ContainerPort p : container.getPorts()) {
                if (name.equals(p.getName())) {
                    return p.getContainerPort();
                }
            }
        }
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException noNumber) {
            return 0;
        }
    }
}
