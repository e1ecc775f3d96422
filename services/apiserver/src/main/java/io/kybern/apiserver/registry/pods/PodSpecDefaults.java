package io.kybern.apiserver.registry.pods;

import io.kybern.api.quota.PodAmounts;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The defaults of a PodSpec, in a pod as in the template of a workload; see the field descriptions of the Pod API. */
public final class PodSpecDefaults {

    private static final int READABLE_BY_ALL = 0644;
    private static final List<String> CONTAINER_LISTS = List.of("initContainers", "containers", "ephemeralContainers");
    private static final List<String> PROBES = List.of("livenessProbe", "readinessProbe", "startupProbe");
    private static final int TOKEN_SECONDS = 3600;

    private PodSpecDefaults() {}

    /** Sets the defaults of the spec of a pod template. */
    public static void applyToTemplate(JsonNode template) {
        if (template instanceof ObjectNode object) {
            apply(Absent.object(object, "spec"));
        }
    }

    static void apply(ObjectNode spec) {
        Absent.text(spec, "restartPolicy", "Always");
        Absent.number(spec, "terminationGracePeriodSeconds", 30);
        Absent.text(spec, "dnsPolicy", "ClusterFirst");
        Absent.object(spec, "securityContext");
        Absent.text(spec, "schedulerName", "default-scheduler");
        serviceAccount(spec);
        for (String list : CONTAINER_LISTS) {
            Absent.each(spec.path(list), PodSpecDefaults::container);
        }
        Absent.each(spec.path("volumes"), PodSpecDefaults::volume);
    }

    /** The old name of the field follows the new one, and the other way round. */
    private static void serviceAccount(ObjectNode spec) {
        String name = spec.path("serviceAccountName").asString("");
        String old = spec.path("serviceAccount").asString("");
        if (!name.isEmpty()) {
            spec.put("serviceAccount", name);
        } else if (!old.isEmpty()) {
            spec.put("serviceAccountName", old);
        }
    }

    private static void hostPorts(ObjectNode spec) {
        for (String list : List.of("initContainers", "containers")) {
            Absent.each(
                    spec.path(list),
                    container -> Absent.each(container.path("ports"), port -> {
                        if (port.path("hostPort").asInt(0) == 0) {
                            port.put("hostPort", port.path("containerPort").asInt(0));
                        }
                    }));
        }
    }

    private static void container(ObjectNode container) {
        Absent.object(container, "resources");
        Absent.text(container, "terminationMessagePath", "/dev/termination-log");
        Absent.text(container, "terminationMessagePolicy", "File");
        Absent.text(
                container, "imagePullPolicy", pullPolicy(container.path("image").asString("")));
        Absent.each(container.path("ports"), port -> Absent.text(port, "protocol", "TCP"));
        Absent.each(
                container.path("env"), variable -> Absent.with(variable, "valueFrom", PodSpecDefaults::fieldSource));
        for (String probe : PROBES) {
            Absent.with(container, probe, PodSpecDefaults::probe);
        }
        Absent.with(container, "lifecycle", lifecycle -> {
            for (String hook : List.of("postStart", "preStop")) {
                Absent.with(lifecycle, hook, PodSpecDefaults::httpAction);
            }
        });
    }

    /** An image that is called latest, or nothing else, may change under its name, so it is always pulled. */
    static String pullPolicy(String image) {
        int digest = image.indexOf('@');
        String named = digest < 0 ? image : image.substring(0, digest);
        String last = named.substring(named.lastIndexOf('/') + 1);
        int colon = last.indexOf(':');
        boolean latest = colon < 0 ? digest < 0 : last.substring(colon + 1).equals("latest");
        return latest ? "Always" : "IfNotPresent";
    }

    private static void fieldSource(ObjectNode source) {
        Absent.with(source, "fieldRef", field -> Absent.text(field, "apiVersion", "v1"));
        Absent.with(source, "resourceFieldRef", field -> Absent.text(field, "divisor", "0"));
    }

    private static void probe(ObjectNode probe) {
        httpAction(probe);
        Absent.with(probe, "grpc", grpc -> Absent.text(grpc, "service", ""));
        Absent.number(probe, "timeoutSeconds", 1);
        Absent.number(probe, "periodSeconds", 10);
        Absent.number(probe, "successThreshold", 1);
        Absent.number(probe, "failureThreshold", 3);
    }

    private static void httpAction(ObjectNode handler) {
        Absent.with(handler, "httpGet", http -> {
            Absent.text(http, "path", "/");
            Absent.text(http, "scheme", "HTTP");
        });
    }

    private static void volume(ObjectNode volume) {
        if (volume.size() == 1 && volume.has("name")) {
            volume.putObject("emptyDir");
        }
        Absent.with(volume, "secret", source -> Absent.number(source, "defaultMode", READABLE_BY_ALL));
        Absent.with(volume, "configMap", source -> Absent.number(source, "defaultMode", READABLE_BY_ALL));
        Absent.with(volume, "hostPath", source -> Absent.text(source, "type", ""));
        Absent.with(volume, "downwardAPI", source -> {
            Absent.number(source, "defaultMode", READABLE_BY_ALL);
            Absent.each(source.path("items"), PodSpecDefaults::fieldSource);
        });
        Absent.with(volume, "projected", PodSpecDefaults::projected);
        Absent.with(
                volume,
                "image",
                source -> Absent.text(
                        source,
                        "pullPolicy",
                        pullPolicy(source.path("reference").asString(""))));
        Absent.with(
                volume,
                "ephemeral",
                source -> Absent.with(
                        source,
                        "volumeClaimTemplate",
                        template -> Absent.with(
                                template, "spec", claim -> Absent.text(claim, "volumeMode", "Filesystem"))));
    }

    private static void projected(ObjectNode projected) {
        Absent.number(projected, "defaultMode", READABLE_BY_ALL);
        Absent.each(projected.path("sources"), source -> {
            Absent.with(
                    source, "serviceAccountToken", token -> Absent.number(token, "expirationSeconds", TOKEN_SECONDS));
            Absent.with(
                    source,
                    "downwardAPI",
                    downward -> Absent.each(downward.path("items"), PodSpecDefaults::fieldSource));
        });
    }

    /** What only a pod itself gets: requests that follow the limits, ports of its node, and service variables. */
    static void applyToPod(ObjectNode spec) {
        Absent.flag(spec, "enableServiceLinks", true);
        if (spec.path("hostNetwork").asBoolean(false)) {
            hostPorts(spec);
        }
        if (spec.path("terminationGracePeriodSeconds").asLong(0) < 0) {
            // no time can be less than none; what ends a pod gives it a moment
            spec.put("terminationGracePeriodSeconds", 1);
        }
        for (String list : List.of("initContainers", "containers")) {
            Absent.each(spec.path(list), container -> {
                ObjectNode resources = Absent.object(container, "resources");
                Absent.with(resources, "limits", limits -> {
                    ObjectNode requests = Absent.object(resources, "requests");
                    limits.properties().forEach(limit -> {
                        if (!requests.has(limit.getKey())) {
                            requests.set(limit.getKey(), limit.getValue());
                        }
                    });
                    if (requests.isEmpty()) {
                        resources.remove("requests");
                    }
                });
            });
        }
        wholeRequests(spec);
    }

    /** Where a pod is limited as a whole, it asks for what its containers ask for together, or else for all that it may have. */
    private static void wholeRequests(ObjectNode spec) {
        JsonNode limits = spec.path("resources").path("limits");
        if (limits.isEmpty() || !(spec.path("resources") instanceof ObjectNode whole)) {
            return;
        }
        ObjectNode requests = Absent.object(whole, "requests");
        PodAmounts.ofContainers(spec, "requests").byName().forEach((name, amount) -> {
            if (!requests.has(name) && (name.equals("cpu") || name.equals("memory"))) {
                requests.put(name, amount.canonical());
            }
        });
        limits.properties().forEach(limit -> {
            if (!requests.has(limit.getKey()) && ResourceValidator.ofPods(limit.getKey())) {
                requests.set(limit.getKey(), limit.getValue());
            }
        });
        if (requests.isEmpty()) {
            whole.remove("requests");
        }
    }
}
