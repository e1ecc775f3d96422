package io.kybern.apiserver.proxy;

import io.kybern.api.status.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds the port of a pod that the name in a proxy's address means: {@code [scheme:]name[:port]}; see "Access Services Running on
 * Clusters" in the Kubernetes documentation.
 */
final class BackendLocator {

    private static final int HTTP_PORT = 80;
    private static final int RETRY_SECONDS = 0;

    private final PodLocator locator;

    BackendLocator(PodLocator locator) {
        this.locator = locator;
    }

    /** The parts of a name; the port is empty if it is not named. */
    private record Name(boolean secure, String name, String port) {

        static Name parse(String text, String kind) {
            String[] parts = text.split(":", -1);
            Name name =
                    switch (parts.length) {
                        case 1 -> new Name(false, parts[0], "");
                        case 2 -> new Name(false, parts[0], parts[1]);
                        case 3 -> new Name(parts[0].equals("https"), parts[1], parts[2]);
                        default -> throw invalid(kind, text);
                    };
            boolean knownScheme =
                    parts.length < 3 || List.of("", "http", "https").contains(parts[0]);
            if (name.name.isEmpty() || !knownScheme) {
                throw invalid(kind, text);
            }
            return name;
        }

        private static ApiException invalid(String kind, String text) {
            return ApiException.badRequest("invalid %s request \"%s\"".formatted(kind, text));
        }
    }

    /** The port of a pod: the one that is named, else the first that the pod declares. */
    Backend ofPod(String namespace, String text) {
        Name name = Name.parse(text, "pod");
        JsonNode pod = locator.pod(namespace, name.name);
        return backend(pod, name.port.isEmpty() ? declaredPort(pod) : podPort(name.port, text), name.secure);
    }

    private static int declaredPort(JsonNode pod) {
        for (JsonNode container : pod.path("spec").path("containers")) {
            for (JsonNode port : container.path("ports")) {
                return port.path("containerPort").asInt(HTTP_PORT);
            }
        }
        return HTTP_PORT;
    }

    private static int podPort(String port, String text) {
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest("invalid pod request \"%s\"".formatted(text));
        }
    }

    private Backend backend(JsonNode pod, int port, boolean secure) {
        String ip = pod.path("status").path("podIP").asString("");
        String node = PodLocator.nodeOf(pod);
        if (ip.isEmpty() || node.isEmpty()) {
            throw ApiException.badRequest("address not allowed");
        }
        JsonNode metadata = pod.path("metadata");
        return new Backend(
                locator.address(node),
                metadata.path("namespace").asString(""),
                metadata.path("name").asString(""),
                ip,
                port,
                secure);
    }

    /** The port of one of a Service's pods, any of them. */
    Backend ofService(String namespace, String text) {
        Name name = Name.parse(text, "service");
        JsonNode service = locator.service(namespace, name.name);
        String portName = portName(service, name);
        List<Target> targets = new ArrayList<>(targets(locator.endpoints(namespace, name.name), portName));
        targets.removeIf(target -> target.pod.isEmpty());
        if (targets.isEmpty()) {
            throw noEndpoints(text);
        }
        Target target = targets.get(ThreadLocalRandom.current().nextInt(targets.size()));
        return backend(locator.pod(namespace, target.pod), target.port, name.secure);
    }

    /**
     * Where a Service leads.
     *
     * @param pod how the pod is reached; null if it is no pod, but something that is reached without a detour
     */
    record Destination(String ip, int port, @Nullable Backend pod) {}

    /** One of the places that a port of a Service leads to, any of them. */
    Destination destination(JsonNode service, int port) {
        String name = service.path("metadata").path("name").asString("");
        String namespace = service.path("metadata").path("namespace").asString("");
        String portName = portName(service, new Name(true, name, Integer.toString(port)));
        List<Target> targets = targets(locator.endpoints(namespace, name), portName);
        if (targets.isEmpty()) {
            throw noEndpoints(name);
        }
        Target target = targets.get(ThreadLocalRandom.current().nextInt(targets.size()));
        if (target.pod.isEmpty()) {
            return new Destination(target.ip, target.port, null);
        }
        Backend backend = backend(locator.pod(namespace, target.pod), target.port, true);
        return new Destination(backend.ip(), backend.port(), backend);
    }

    private record Target(String pod, String ip, int port) {}

    private static String portName(JsonNode service, Name name) {
        int number;
        try {
            number = Integer.parseInt(name.port);
        } catch (NumberFormatException e) {
            return name.port;
        }
        for (JsonNode port : service.path("spec").path("ports")) {
            if (port.path("port").asInt(0) == number) {
                return port.path("name").asString("");
            }
        }
        throw ApiException.serviceUnavailable(
                "no service port %d found for service \"%s\"".formatted(number, name.name), RETRY_SECONDS);
    }

    private static List<Target> targets(JsonNode endpoints, String portName) {
        List<Target> targets = new ArrayList<>();
        for (JsonNode subset : endpoints.path("subsets")) {
            for (JsonNode port : subset.path("ports")) {
                if (port.path("name").asString("").equals(portName)) {
                    for (JsonNode address : subset.path("addresses")) {
                        JsonNode reference = address.path("targetRef");
                        boolean isPod = reference.path("kind").asString("").equals("Pod");
                        targets.add(new Target(
                                isPod ? reference.path("name").asString("") : "",
                                address.path("ip").asString(""),
                                port.path("port").asInt(HTTP_PORT)));
                    }
                }
            }
        }
        return targets;
    }

    private static ApiException noEndpoints(String service) {
        return ApiException.serviceUnavailable(
                "no endpoints available for service \"%s\"".formatted(service), RETRY_SECONDS);
    }
}
