package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.admission.AdmissionChain;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.RequestInfo;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Lets admission refuse connections to containers, pods, Services and nodes: the object that it sees is the options. */
final class ConnectAdmission {

    private static final String PROXY = "proxy";
    private static final Map<String, String> STREAMS = Map.of(
            "exec", "PodExecOptions",
            "attach", "PodAttachOptions",
            "portforward", "PodPortForwardOptions");

    private ConnectAdmission() {}

    /** Admits the request if it is a connection. */
    static void admit(AdmissionChain chain, ResourceType type, ApiRequest request) {
        RequestInfo info = request.info();
        String kind = info.subresource().equals(PROXY) ? type.kind() + "ProxyOptions" : STREAMS.get(info.subresource());
        if (kind == null) {
            return;
        }
        String namespace = type.namespaced() ? info.namespace() : "";
        AdmissionRequest connection = new AdmissionRequest(
                        new AdmissionRequest.Target(type, info.subresource(), namespace, info.name()),
                        AdmissionOperation.CONNECT,
                        request.user(),
                        false,
                        options(kind, request),
                        null)
                .warning(request::warn);
        chain.mutate(connection, each -> {});
        chain.validate(connection);
    }

    private static ObjectNode options(String kind, ApiRequest request) {
        ObjectNode options = Json.object().put("kind", kind).put("apiVersion", "v1");
        switch (kind) {
            case "PodExecOptions", "PodAttachOptions" -> {
                for (String flag : List.of("stdin", "stdout", "stderr", "tty")) {
                    if (request.query().flag(flag)) {
                        options.put(flag, true);
                    }
                }
                if (!request.query().first("container").isEmpty()) {
                    options.put("container", request.query().first("container"));
                }
                request.query().all("command").forEach(each -> options.withArray("command")
                        .add(each));
            }
            case "PodPortForwardOptions" -> ports(options, request);
            default -> options.put("path", "/" + String.join("/", request.info().rest()));
        }
        return options;
    }

    private static void ports(ObjectNode options, ApiRequest request) {
        for (String each : request.query().all("ports")) {
            if (each.chars().allMatch(Character::isDigit) && !each.isEmpty() && each.length() <= 5) {
                options.withArray("ports").add(Integer.parseInt(each));
            }
        }
    }
}
