package io.kybern.apiserver.proxy;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.QueryParameters;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/** Passes logs, exec, attach, port-forward and node requests through to the node that they are for. */
final class NodeProxy {

    private static final List<String> LOG_OPTIONS = List.of(
            "follow", "previous", "tailLines", "sinceSeconds", "sinceTime", "timestamps", "limitBytes", "stream");
    private static final GroupVersionKind LOG_KIND = new GroupVersionKind("", "v1", "PodLogOptions");
    private static final byte[] NO_BODY = new byte[0];

    private final PodLocator locator;
    private final NodeClient client;

    NodeProxy(PodLocator locator, NodeClient client) {
        this.locator = locator;
        this.client = client;
    }

    /** The handlers by address. */
    Map<String, ApiHandler> handlers() {
        return Map.of(
                "pods/log", this::log,
                "pods/exec", request -> streams(request, "exec"),
                "pods/attach", request -> streams(request, "attach"),
                "pods/portforward", this::portForward,
                "nodes/proxy", this::node);
    }

    private ApiResponse log(ApiRequest request) {
        checkLogOptions(request);
        JsonNode pod = locator.pod(request.info().namespace(), request.info().name());
        String container = PodLocator.container(pod, request.query().first("container"));
        String node = PodLocator.nodeOf(pod);
        if (node.isEmpty()) {
            return ApiResponse.of(204, "", NO_BODY);
        }
        StringJoiner query = new StringJoiner("&");
        for (String option : LOG_OPTIONS) {
            request.query()
                    .find(option)
                    .filter(value -> !value.isEmpty())
                    .ifPresent(value -> query.add(option + "=" + encoded(value)));
        }
        String path = path("containerLogs", request, container) + (query.length() == 0 ? "" : "?" + query);
        return new ApiResponse.Tunnelled(
                client.logs(locator.address(node), path, request.info().name()));
    }

    private static void checkLogOptions(ApiRequest request) {
        List<FieldError> errors = new ArrayList<>();
        number(request.query(), "tailLines", 0, "must be greater than or equal to 0", errors);
        number(request.query(), "limitBytes", 1, "must be greater than 0", errors);
        number(request.query(), "sinceSeconds", 1, "must be greater than 0", errors);
        if (request.query().find("sinceSeconds").isPresent()
                && request.query().find("sinceTime").isPresent()) {
            errors.add(FieldError.forbidden(
                    FieldPath.nameless(), "at most one of `sinceTime` or `sinceSeconds` may be specified"));
        }
        if (!errors.isEmpty()) {
            throw ApiException.invalid(LOG_KIND, request.info().name(), errors);
        }
    }

    private static void number(QueryParameters query, String name, long least, String detail, List<FieldError> errors) {
        Optional<String> text = query.find(name).filter(value -> !value.isEmpty());
        if (text.isEmpty()) {
            return;
        }
        try {
            long value = Long.parseLong(text.get());
            if (value < least) {
                errors.add(FieldError.invalid(FieldPath.of(name), value, detail));
            }
        } catch (NumberFormatException e) {
            throw ApiException.badRequest("strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text.get()));
        }
    }

    private ApiResponse streams(ApiRequest request, String action) {
        JsonNode pod = locator.pod(request.info().namespace(), request.info().name());
        String container = PodLocator.container(pod, request.query().first("container"));
        String node = assigned(pod, request);
        requireUpgrade(request);
        StringJoiner query = new StringJoiner("&");
        flag(request, "stdin", "input", query);
        flag(request, "stdout", "output", query);
        flag(request, "stderr", "error", query);
        flag(request, "tty", "tty", query);
        request.query().all("command").forEach(each -> query.add("command=" + encoded(each)));
        String path = path(action, request, container) + "?" + query;
        return new ApiResponse.Tunnelled(new UpgradeTunnel(client, locator.address(node), path));
    }

    private static void flag(ApiRequest request, String name, String nodesName, StringJoiner query) {
        if (request.query().flag(name)) {
            query.add(nodesName + "=1");
        }
    }

    private ApiResponse portForward(ApiRequest request) {
        JsonNode pod = locator.pod(request.info().namespace(), request.info().name());
        String node = assigned(pod, request);
        requireUpgrade(request);
        StringJoiner query = new StringJoiner("&");
        request.query().all("ports").forEach(each -> query.add("port=" + encoded(each)));
        String path = "/portForward/" + encoded(request.info().namespace()) + "/"
                + encoded(request.info().name()) + (query.length() == 0 ? "" : "?" + query);
        return new ApiResponse.Tunnelled(new UpgradeTunnel(client, locator.address(node), path));
    }

    /**
     * What the node is asked for. A slash at the end stays: it tells a directory of logs from a file.
     *
     * @param rest the parts of the path behind the subresource
     */
    static String target(String uri, List<String> rest) {
        StringJoiner parts = new StringJoiner("/", "/", "");
        rest.forEach(each -> parts.add(encoded(each)));
        int mark = uri.indexOf('?');
        String asked = mark < 0 ? uri : uri.substring(0, mark);
        String path = parts.toString();
        String end = asked.endsWith("/") && !path.endsWith("/") ? "/" : "";
        return path + end + (mark < 0 ? "" : uri.substring(mark));
    }

    private ApiResponse node(ApiRequest request) {
        String target = target(request.uri(), request.info().rest());
        NodeAddress address = locator.address(request.info().name());
        return new ApiResponse.Tunnelled(
                isUpgrade(request)
                        ? new UpgradeTunnel(client, address, target)
                        : client.pass(address, target, request.body()));
    }

    private static String assigned(JsonNode pod, ApiRequest request) {
        String node = PodLocator.nodeOf(pod);
        if (node.isEmpty()) {
            throw ApiException.badRequest("pod %s does not have a host assigned"
                    .formatted(request.info().name()));
        }
        return node;
    }

    private static boolean isUpgrade(ApiRequest request) {
        return request.header("Connection").toLowerCase(Locale.ROOT).contains("upgrade")
                && !request.header("Upgrade").isEmpty();
    }

    private static void requireUpgrade(ApiRequest request) {
        if (!isUpgrade(request)) {
            throw ApiException.badRequest("Upgrade request required");
        }
    }

    private static String path(String action, ApiRequest request, String container) {
        return "/" + action + "/" + encoded(request.info().namespace()) + "/"
                + encoded(request.info().name()) + "/" + encoded(container);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
