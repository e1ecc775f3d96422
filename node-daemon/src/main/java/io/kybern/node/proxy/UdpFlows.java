package io.kybern.node.proxy;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the kernel's memory of UDP flows that the rules no longer lead to where they went. A UDP flow lives as long as packets
 * come, so without this a client would keep talking to an endpoint that is gone, or to the nothing that was there before the first.
 */
final class UdpFlows {

    private static final Logger log = LoggerFactory.getLogger(UdpFlows.class);

    private final CommandRunner commands;

    UdpFlows(CommandRunner commands) {
        this.commands = commands;
    }

    /** Ends the flows that those rules would not have made any more. */
    void clean(List<ServicePort> before, List<ServicePort> after) {
        for (List<String> filter : stale(before, after)) {
            List<String> command = new ArrayList<>(List.of("conntrack", "-D", "-p", "udp"));
            command.addAll(filter);
            try {
                commands.run(command, "");
            } catch (CommandFailure e) {
                // conntrack ends with 1 when no flow matched
                if (e.exitCode() != 1) {
                    log.atWarn().setCause(e).log("UDP flows could not be ended");
                }
            }
        }
    }

    /** Which flows to end, as arguments of {@code conntrack -D}. */
    static Set<List<String>> stale(List<ServicePort> before, List<ServicePort> after) {
        Map<String, ServicePort> now = new HashMap<>();
        after.stream().filter(UdpFlows::isUdp).forEach(port -> now.put(port.display(), port));
        Map<String, ServicePort> then = new HashMap<>();
        before.stream().filter(UdpFlows::isUdp).forEach(port -> then.put(port.display(), port));

        Set<List<String>> filters = new HashSet<>();
        for (ServicePort old : then.values()) {
            Set<ServicePort.Endpoint> gone = new HashSet<>(old.endpoints());
            ServicePort current = now.get(old.display());
            if (current != null && current.clusterIp().equals(old.clusterIp())) {
                gone.removeAll(current.endpoints());
            }
            for (ServicePort.Endpoint endpoint : gone) {
                filters.add(Arrays.asList("--orig-dst", old.clusterIp(), "--dst-nat", endpoint.ip()));
                if (old.nodePort() > 0) {
                    filters.add(Arrays.asList("--dport", String.valueOf(old.nodePort()), "--dst-nat", endpoint.ip()));
                }
            }
        }
        for (ServicePort port : now.values()) {
            ServicePort old = then.get(port.display());
            if (!port.endpoints().isEmpty() && (old == null || old.endpoints().isEmpty())) {
                filters.add(Arrays.asList("--orig-dst", port.clusterIp()));
                if (port.nodePort() > 0) {
                    filters.add(Arrays.asList("--dport", String.valueOf(port.nodePort())));
                }
            }
        }
        return filters;
    }

    private static boolean isUdp(ServicePort port) {
        return port.protocol().equals("UDP");
    }
}
