package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.NONE;
import static io.kybern.apiserver.registry.table.Cell.each;
import static io.kybern.apiserver.registry.table.Cell.get;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Services and what belongs to them, as {@code kubectl get} shows them. */
final class NetworkCells {

    private static final int SHOWN_ENDPOINTS = 3;

    private NetworkCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put("/api/v1/services", services());
        all.put("/api/v1/endpoints", Map.of("Endpoints", Cell.text(NetworkCells::endpoints)));
        all.put(
                "/apis/discovery.k8s.io/v1/endpointslices",
                Map.of(
                        "AddressType", Cell.at("addressType"),
                        "Ports", Cell.text(NetworkCells::slicePorts),
                        "Endpoints", Cell.text(NetworkCells::sliceAddresses)));
        all.put("/apis/networking.k8s.io/v1/ipaddresses", Map.of("ParentRef", Cell.text(NetworkCells::parent)));
        all.put(
                "/apis/networking.k8s.io/v1/servicecidrs",
                Map.of("CIDRs", Cell.text(cidr -> String.join(",", Cell.texts(get(cidr, "spec.cidrs"))))));
        all.put("/apis/networking.k8s.io/v1/ingresses", ingresses());
        all.put(
                "/apis/networking.k8s.io/v1/ingressclasses",
                Map.of("Controller", Cell.at("spec.controller"), "Parameters", Cell.text(NetworkCells::parameters)));
        all.put(
                "/apis/networking.k8s.io/v1/networkpolicies",
                Map.of("Pod-Selector", Cell.text(policy -> Cell.labels(get(policy, "spec.podSelector.matchLabels")))));
        return all;
    }

    private static Map<String, Cell> services() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Type", Cell.at("spec.type"));
        cells.put("Cluster-IP", Cell.at("spec.clusterIP", NONE));
        cells.put("External-IP", Cell.text(NetworkCells::externalIp));
        cells.put("Port(s)", Cell.text(NetworkCells::ports));
        cells.put("Selector", Cell.text(service -> Cell.labels(get(service, "spec.selector"))));
        return cells;
    }

    private static String externalIp(JsonNode service) {
        List<String> external = new ArrayList<>();
        get(service, "spec.externalIPs").forEach(ip -> external.add(ip.asString("")));
        return switch (get(service, "spec.type").asString("")) {
            case "ExternalName" -> get(service, "spec.externalName").asString("");
            case "LoadBalancer" -> {
                List<String> addresses = new ArrayList<>();
                for (JsonNode ingress : get(service, "status.loadBalancer.ingress")) {
                    addresses.add(
                            ingress.path("ip").asString(ingress.path("hostname").asString("")));
                }
                addresses.addAll(external);
                yield addresses.isEmpty() ? "<pending>" : String.join(",", addresses);
            }
            default -> external.isEmpty() ? NONE : String.join(",", external);
        };
    }

    private static String ports(JsonNode service) {
        List<String> ports = new ArrayList<>();
        for (JsonNode port : get(service, "spec.ports")) {
            long node = port.path("nodePort").asLong(0);
            ports.add(port.path("port").asLong() + (node > 0 ? ":" + node : "") + "/"
                    + port.path("protocol").asString("TCP"));
        }
        return ports.isEmpty() ? NONE : String.join(",", ports);
    }

    private static String endpoints(JsonNode endpoints) {
        List<String> shown = new ArrayList<>();
        int count = 0;
        for (JsonNode subset : endpoints.path("subsets")) {
            for (JsonNode port : subset.path("ports")) {
                for (JsonNode address : subset.path("addresses")) {
                    if (count++ < SHOWN_ENDPOINTS) {
                        shown.add(address.path("ip").asString("") + ":"
                                + port.path("port").asLong());
                    }
                }
            }
            if (subset.path("ports").isEmpty()) {
                for (JsonNode address : subset.path("addresses")) {
                    if (count++ < SHOWN_ENDPOINTS) {
                        shown.add(address.path("ip").asString(""));
                    }
                }
            }
        }
        if (shown.isEmpty()) {
            return NONE;
        }
        String text = String.join(",", shown);
        return count > SHOWN_ENDPOINTS ? text + " + " + (count - SHOWN_ENDPOINTS) + " more..." : text;
    }

    private static String slicePorts(JsonNode slice) {
        List<String> ports = new ArrayList<>();
        for (JsonNode port : slice.path("ports")) {
            ports.add(port.path("port").asString(port.path("name").asString("*")));
        }
        return firstThree(ports);
    }

    private static String sliceAddresses(JsonNode slice) {
        List<String> addresses = new ArrayList<>();
        slice.path("endpoints").forEach(endpoint -> addresses.addAll(Cell.texts(endpoint.path("addresses"))));
        return firstThree(addresses);
    }

    private static String firstThree(List<String> texts) {
        if (texts.isEmpty()) {
            return Cell.UNSET;
        }
        String shown = String.join(",", texts.subList(0, Math.min(SHOWN_ENDPOINTS, texts.size())));
        int more = texts.size() - SHOWN_ENDPOINTS;
        return more > 0 ? shown + " + " + more + " more..." : shown;
    }

    private static String parent(JsonNode address) {
        JsonNode parent = get(address, "spec.parentRef");
        if (parent.isMissingNode()) {
            return NONE;
        }
        List<String> parts = new ArrayList<>();
        String group = parent.path("group").asString("");
        parts.add(parent.path("resource").asString("") + (group.isEmpty() ? "" : "." + group));
        if (parent.has("namespace")) {
            parts.add(parent.path("namespace").asString(""));
        }
        parts.add(parent.path("name").asString(""));
        return String.join("/", parts);
    }

    private static Map<String, Cell> ingresses() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Class", Cell.at("spec.ingressClassName", NONE));
        cells.put("Hosts", Cell.text(ingress -> {
            List<String> hosts = each(get(ingress, "spec.rules"), "host");
            hosts.removeIf(String::isEmpty);
            return hosts.isEmpty() ? "*" : String.join(",", hosts);
        }));
        cells.put(
                "Address",
                Cell.text(ingress -> String.join(",", each(get(ingress, "status.loadBalancer.ingress"), "ip"))));
        cells.put("Ports", Cell.text(ingress -> get(ingress, "spec.tls").isEmpty() ? "80" : "80, 443"));
        return cells;
    }

    private static String parameters(JsonNode ingressClass) {
        JsonNode parameters = get(ingressClass, "spec.parameters");
        return parameters.isMissingNode()
                ? NONE
                : parameters.path("kind").asString("") + "/"
                        + parameters.path("name").asString("");
    }
}
