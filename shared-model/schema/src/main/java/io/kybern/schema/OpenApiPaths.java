package io.kybern.schema;

import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.api.Verb;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The paths of one resource. */
final class OpenApiPaths {

    private static final Set<String> CONNECT = Set.of("exec", "attach", "portforward", "proxy");
    private static final List<String> PROXIED = List.of("delete", "get", "head", "options", "patch", "post", "put");

    private final ResourceType type;
    private final OpenApiOperations operations;

    OpenApiPaths(ResourceType type, OpenApiOperations operations) {
        this.type = type;
        this.operations = operations;
    }

    /** Hands each path and its item to the consumer. */
    void write(BiConsumer<String, ObjectNode> paths) {
        String prefix = type.gvr().prefix();
        String collection = prefix
                + (type.namespaced() ? "/namespaces/{namespace}/" : "/")
                + type.gvr().resource();
        collection(collection, paths);
        if (type.stored()) {
            item(collection + "/{name}", paths);
        }
        if (type.namespaced() && type.verbs().contains(Verb.LIST)) {
            ObjectNode everywhere = item(List.of());
            OpenApiOperation list = operation("list", "list", "ForAllNamespaces", false);
            everywhere.set("get", operations.list(list));
            paths.accept(prefix + "/" + type.gvr().resource(), everywhere);
        }
        type.subresources().values().stream()
                .sorted(Comparator.comparing(Subresource::name))
                .forEach(each -> subresource(collection + "/{name}/" + each.name(), each, paths));
    }

    private void collection(String path, BiConsumer<String, ObjectNode> paths) {
        ObjectNode item = item(scope());
        if (type.verbs().contains(Verb.DELETECOLLECTION)) {
            item.set("delete", operations.deleteCollection(operation("delete", "deletecollection", "", true)));
        }
        if (type.verbs().contains(Verb.LIST)) {
            item.set("get", operations.list(operation("list", "list", "", false)));
        }
        if (type.verbs().contains(Verb.CREATE)) {
            item.set("post", operations.create(operation("create", "post", "", false), type.gvk()));
        }
        paths.accept(path, item);
    }

    private void item(String path, BiConsumer<String, ObjectNode> paths) {
        ObjectNode item = item(named());
        if (type.verbs().contains(Verb.DELETE)) {
            item.set("delete", operations.delete(operation("delete", "delete", "", false)));
        }
        item.set("get", operations.read(operation("read", "get", "", false), type.gvk()));
        if (type.verbs().contains(Verb.PATCH)) {
            item.set("patch", operations.patch(operation("patch", "patch", "", false), type.gvk()));
        }
        if (type.verbs().contains(Verb.UPDATE)) {
            item.set("put", operations.replace(operation("replace", "put", "", false), type.gvk()));
        }
        paths.accept(path, item);
    }

    private void subresource(String path, Subresource subresource, BiConsumer<String, ObjectNode> paths) {
        if (CONNECT.contains(subresource.name())) {
            connect(path, subresource, paths);
            return;
        }
        ObjectNode item = item(named());
        String suffix = capital(subresource.name());
        if (subresource.name().equals("log")) {
            item.set("get", operations.log(operation("read", "get", suffix, false)));
        } else if (subresource.verbs().contains(Verb.GET)) {
            item.set("get", operations.read(operation("read", "get", suffix, false), subresource.kind()));
        }
        if (subresource.verbs().contains(Verb.PATCH)) {
            item.set("patch", operations.patch(operation("patch", "patch", suffix, false), subresource.kind()));
        }
        if (subresource.verbs().contains(Verb.CREATE)) {
            item.set("post", operations.create(operation("create", "post", suffix, false), subresource.kind()));
        }
        if (subresource.verbs().contains(Verb.UPDATE)) {
            item.set("put", operations.replace(operation("replace", "put", suffix, false), subresource.kind()));
        }
        paths.accept(path, item);
    }

    private void connect(String path, Subresource subresource, BiConsumer<String, ObjectNode> paths) {
        boolean proxy = subresource.name().equals("proxy");
        List<String> methods = proxy ? PROXIED : List.of("get", "post");
        for (boolean withPath : proxy ? new boolean[] {false, true} : new boolean[] {false}) {
            List<String> parameters = new ArrayList<>(named());
            parameters.addAll(OpenApiParameters.ofConnection(subresource.name()));
            if (withPath) {
                parameters.add(parameters.size() - 1, "path-segment");
            }
            ObjectNode item = item(parameters);
            for (String method : methods) {
                String suffix = capital(subresource.name()) + (withPath ? "WithPath" : "");
                OpenApiOperation operation =
                        operation("connect", "connect", suffix, false).connecting(capital(method), subresource.kind());
                item.set(method, operations.connect(operation));
            }
            paths.accept(withPath ? path + "/{path}" : path, item);
        }
    }

    /** The parts of an operation's id: {@code readAppsV1NamespacedDeploymentStatus}. */
    private OpenApiOperation operation(String verb, String action, String suffix, boolean collection) {
        String scope = type.namespaced() && !suffix.equals("ForAllNamespaces") ? "Namespaced" : "";
        String what = (collection ? "Collection" : "") + scope + type.kind() + suffix;
        return new OpenApiOperation(type, verb, action, what, type.gvk());
    }

    private List<String> scope() {
        return type.namespaced() ? List.of("namespace", "pretty") : List.of("pretty");
    }

    private List<String> named() {
        return type.namespaced() ? List.of("name", "namespace", "pretty") : List.of("name", "pretty");
    }

    private ObjectNode item(List<String> parameters) {
        ObjectNode item = Json.object();
        if (!parameters.isEmpty()) {
            ArrayNode array = item.putArray("parameters");
            parameters.forEach(name -> array.add(operations.parameter(name)));
        }
        return item;
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
