package io.kybern.schema;

import io.kybern.api.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parameters of operations.
 *
 * @see <a href="https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/">common
 *     parameters</a>
 */
final class OpenApiParameters {

    static final List<String> WRITE = List.of("dryRun", "fieldManager", "fieldValidation");
    static final List<String> PATCH = List.of("dryRun", "fieldManager", "fieldValidation", "force");
    static final List<String> DELETE = List.of(
            "dryRun",
            "gracePeriodSeconds",
            "ignoreStoreReadErrorWithClusterBreakingPotential",
            "orphanDependents",
            "propagationPolicy");
    static final List<String> LIST = List.of(
            "allowWatchBookmarks",
            "continue",
            "fieldSelector",
            "labelSelector",
            "limit",
            "resourceVersion",
            "resourceVersionMatch",
            "sendInitialEvents",
            "timeoutSeconds",
            "watch");
    static final List<String> DELETE_COLLECTION = List.of(
            "continue",
            "dryRun",
            "fieldSelector",
            "gracePeriodSeconds",
            "ignoreStoreReadErrorWithClusterBreakingPotential",
            "labelSelector",
            "limit",
            "orphanDependents",
            "propagationPolicy",
            "resourceVersion",
            "resourceVersionMatch",
            "sendInitialEvents",
            "timeoutSeconds");
    static final List<String> LOG = List.of(
            "container",
            "follow",
            "insecureSkipTLSVerifyBackend",
            "limitBytes",
            "previous",
            "sinceSeconds",
            "stream",
            "tailLines",
            "timestamps");

    private record Parameter(String type, String description) {}

    private static final Map<String, Parameter> PARAMETERS = Map.ofEntries(
            text("name", "name of the object"),
            text("namespace", "name of the namespace that the object is in"),
            text("path-segment", "path to the resource behind the proxy"),
            text("path", "the part of the address behind the proxy"),
            text("pretty", "if 'true', the answer is indented for reading"),
            text(
                    "dryRun",
                    "when present, nothing is stored; the only value is All, which runs every stage of the request"),
            text("fieldManager", "the name of the actor that makes the changes; at most 128 printable characters"),
            text(
                    "fieldValidation",
                    "what to do with unknown or duplicate fields in the body: Ignore drops them, Warn (the default) drops"
                            + " them and sends warnings, Strict fails the request"),
            flag("force", "take over fields that other managers own; for apply patches only"),
            number("gracePeriodSeconds", "seconds before the object is deleted; 0 deletes at once"),
            flag(
                    "ignoreStoreReadErrorWithClusterBreakingPotential",
                    "delete the object even if it cannot be read from the store; only with dedicated permission"),
            flag("orphanDependents", "deprecated, use propagationPolicy: whether dependents are left behind"),
            text(
                    "propagationPolicy",
                    "what happens to dependents: Orphan leaves them, Background deletes them afterwards, Foreground deletes"
                            + " them first"),
            flag("allowWatchBookmarks", "ask for events of type BOOKMARK in a watch"),
            text("continue", "the token of an earlier answer, to get the next part of the list"),
            text("fieldSelector", "select objects by their fields"),
            text("labelSelector", "select objects by their labels"),
            number("limit", "the most objects that one answer shall have; more come with the continue token"),
            text("resourceVersion", "which resource versions the request may be served from"),
            text("resourceVersionMatch", "how resourceVersion is meant for a list: NotOlderThan or Exact"),
            flag("sendInitialEvents", "begin a watch with events for all objects there are, and a bookmark after them"),
            number("timeoutSeconds", "end the list or watch after that many seconds"),
            flag("watch", "answer changes as they happen, as a stream of events"),
            text("container", "which of the pod's containers; may be left out if there is only one"),
            flag("follow", "go on with new lines as they come"),
            flag("insecureSkipTLSVerifyBackend", "do not verify the certificate of the node"),
            number("limitBytes", "end the log after that many bytes"),
            flag("previous", "the log of the container's previous run"),
            number("sinceSeconds", "only lines of the last so many seconds"),
            text("stream", "which stream: All, Stdout or Stderr"),
            number("tailLines", "only that many lines from the end"),
            flag("timestamps", "begin each line with its time"),
            text("command", "the command to run, one parameter for each argument"),
            flag("stdin", "connect the standard input"),
            flag("stdout", "connect the standard output"),
            flag("stderr", "connect the standard error output"),
            flag("tty", "allocate a terminal"),
            number("ports", "the ports to forward; may be repeated"));

    private OpenApiParameters() {}

    /** What a connecting subresource takes besides the name of the object. */
    static List<String> ofConnection(String subresource) {
        return switch (subresource) {
            case "exec" -> List.of("command", "container", "stderr", "stdin", "stdout", "tty");
            case "attach" -> List.of("container", "stderr", "stdin", "stdout", "tty");
            case "portforward" -> List.of("ports");
            default -> List.of("path");
        };
    }

    static ObjectNode parameter(String name, OpenApiDialect dialect) {
        Parameter parameter = PARAMETERS.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("no parameter " + name);
        }
        boolean segment = name.equals("path-segment");
        boolean inPath = segment || name.equals("name") || name.equals("namespace");
        ObjectNode node = Json.object();
        node.put("description", parameter.description());
        node.put("in", inPath ? "path" : "query");
        node.put("name", segment ? "path" : name);
        if (inPath) {
            node.put("required", true);
        }
        ObjectNode type = dialect == OpenApiDialect.V2 ? node : node.putObject("schema");
        type.put("type", parameter.type()).put("uniqueItems", true);
        return node;
    }

    private static Map.Entry<String, Parameter> text(String name, String description) {
        return Map.entry(name, new Parameter("string", description));
    }

    private static Map.Entry<String, Parameter> flag(String name, String description) {
        return Map.entry(name, new Parameter("boolean", description));
    }

    private static Map.Entry<String, Parameter> number(String name, String description) {
        return Map.entry(name, new Parameter("integer", description));
    }
}
