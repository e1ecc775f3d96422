package io.kybern.node.proxy;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the kernel's memory of TCP connections that an endpoint which is gone never answered. A lost node leaves many: each is kept for
 * two minutes, and a client that takes the same source port again meanwhile would be led to the lost endpoint again, although the
 * rules do not know it any more. Connections that were answered are left alone: a pod that ends still serves them.
 */
final class HalfOpenConnections {

    private static final Logger log = LoggerFactory.getLogger(HalfOpenConnections.class);

    /** Where the answers of a connection come from: the second source of its line. */
    private static final Pattern ANSWERED_FROM = Pattern.compile("src=\\S+ .*?src=(\\S+) dst=\\S+ sport=(\\d+) ");

    private final CommandRunner commands;

    HalfOpenConnections(CommandRunner commands) {
        this.commands = commands;
    }

    /** Ends those that the rules would not have made any more. */
    void clean(List<ServicePort> before, List<ServicePort> after) {
        Set<String> gone = endpoints(before);
        gone.removeAll(endpoints(after));
        if (gone.isEmpty()) {
            return;
        }
        try {
            String connections = commands.run("conntrack", "-L", "-p", "tcp", "--state", "SYN_SENT");
            for (String address : of(connections.lines().toList(), gone)) {
                end(address);
            }
        } catch (CommandFailure e) {
            log.atWarn().setCause(e).log("TCP connections that nobody answers could not be ended");
        }
    }

    private void end(String address) {
        try {
            commands.run("conntrack", "-D", "-p", "tcp", "--state", "SYN_SENT", "--reply-src", address);
        } catch (CommandFailure e) {
            // conntrack ends with 1 when there was none any more
            if (e.exitCode() != 1) {
                throw e;
            }
        }
    }

    /** The addresses of those endpoints that lines of {@code conntrack -L} name as the one who has to answer. */
    static Set<String> of(Collection<String> connections, Set<String> endpoints) {
        Set<String> addresses = new TreeSet<>();
        for (String line : connections) {
            Matcher matcher = ANSWERED_FROM.matcher(line);
            if (matcher.find() && endpoints.contains(matcher.group(1) + ":" + matcher.group(2))) {
                addresses.add(matcher.group(1));
            }
        }
        return addresses;
    }

    private static Set<String> endpoints(List<ServicePort> ports) {
        return ports.stream()
                .filter(port -> port.protocol().equals("TCP"))
                .flatMap(port -> port.endpoints().stream())
                .map(endpoint -> endpoint.ip() + ":" + endpoint.port())
                .collect(Collectors.toCollection(HashSet::new));
    }
}
