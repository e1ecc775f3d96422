package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.NONE;
import static io.kybern.apiserver.registry.table.Cell.get;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What belongs to the cluster as a whole, as {@code kubectl get} shows it. */
final class ClusterCells {

    private static final String ROLE_PREFIX = "node-role.kubernetes.io/";

    private ClusterCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put("/api/v1/namespaces", Map.of("Status", Cell.at("status.phase")));
        all.put("/api/v1/nodes", nodes());
        all.put("/api/v1/persistentvolumes", volumes());
        all.put("/api/v1/componentstatuses", components());
        all.put("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", bindings());
        all.put("/apis/rbac.authorization.k8s.io/v1/rolebindings", bindings());
        all.put(
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                Map.of(
                        "Value",
                        Cell.numberAt("value"),
                        "Global-Default",
                        Cell.text(o -> String.valueOf(o.path("globalDefault").asBoolean(false)))));
        for (String kind : List.of("mutating", "validating")) {
            all.put(
                    "/apis/admissionregistration.k8s.io/v1/" + kind + "webhookconfigurations",
                    Map.of("Webhooks", Cell.sizeOf("webhooks")));
        }
        all.put("/apis/node.k8s.io/v1/runtimeclasses", Map.of("Handler", Cell.at("handler")));
        all.put("/apis/apiregistration.k8s.io/v1/apiservices", apiServices());
        all.put("/apis/certificates.k8s.io/v1/certificatesigningrequests", signingRequests());
        all.putAll(storage());
        return all;
    }

    private static Map<String, Cell> nodes() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Status", Cell.text(ClusterCells::nodeStatus));
        cells.put("Roles", Cell.text(ClusterCells::roles));
        cells.put("Version", Cell.at("status.nodeInfo.kubeletVersion"));
        cells.put("Internal-IP", Cell.text(node -> address(node, "InternalIP")));
        cells.put("External-IP", Cell.text(node -> address(node, "ExternalIP")));
        cells.put("OS-Image", Cell.at("status.nodeInfo.osImage", Cell.UNKNOWN));
        cells.put("Kernel-Version", Cell.at("status.nodeInfo.kernelVersion", Cell.UNKNOWN));
        cells.put("Container-Runtime", Cell.at("status.nodeInfo.containerRuntimeVersion", Cell.UNKNOWN));
        return cells;
    }

    private static String nodeStatus(JsonNode node) {
        String status = "Unknown";
        for (JsonNode condition : get(node, "status.conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                status = condition.path("status").asString("").equals("True") ? "Ready" : "NotReady";
            }
        }
        return get(node, "spec.unschedulable").asBoolean(false) ? status + ",SchedulingDisabled" : status;
    }

    private static String roles(JsonNode node) {
        List<String> roles = new ArrayList<>();
        get(node, "metadata.labels").properties().forEach(label -> {
            if (label.getKey().startsWith(ROLE_PREFIX)) {
                roles.add(label.getKey().substring(ROLE_PREFIX.length()));
            } else if (label.getKey().equals("kubernetes.io/role")) {
                roles.add(label.getValue().asString(""));
            }
        });
        roles.removeIf(String::isEmpty);
        roles.sort(null);
        return roles.isEmpty() ? NONE : String.join(",", roles);
    }

    private static String address(JsonNode node, String type) {
        for (JsonNode address : get(node, "status.addresses")) {
            if (address.path("type").asString("").equals(type)) {
                return address.path("address").asString("");
            }
        }
        return NONE;
    }

    private static Map<String, Cell> volumes() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Capacity", Cell.at("spec.capacity.storage"));
        cells.put("Access Modes", Cell.text(volume -> CoreCells.accessModes(get(volume, "spec.accessModes"))));
        cells.put("Reclaim Policy", Cell.at("spec.persistentVolumeReclaimPolicy"));
        cells.put(
                "Status",
                Cell.text(volume -> get(volume, "metadata.deletionTimestamp").isMissingNode()
                        ? get(volume, "status.phase").asString("")
                        : "Terminating"));
        cells.put("Claim", Cell.text(volume -> {
            JsonNode claim = get(volume, "spec.claimRef");
            return claim.isMissingNode()
                    ? ""
                    : claim.path("namespace").asString("") + "/"
                            + claim.path("name").asString("");
        }));
        cells.put("StorageClass", Cell.at("spec.storageClassName"));
        cells.put("Reason", Cell.at("status.reason"));
        cells.put("VolumeAttributesClass", Cell.at("spec.volumeAttributesClassName", Cell.UNSET));
        cells.put("VolumeMode", Cell.at("spec.volumeMode", Cell.UNSET));
        return cells;
    }

    private static Map<String, Cell> components() {
        return Map.of(
                "Status",
                Cell.text(component -> {
                    for (JsonNode condition : component.path("conditions")) {
                        if (condition.path("type").asString("").equals("Healthy")) {
                            return condition.path("status").asString("").equals("True") ? "Healthy" : "Unhealthy";
                        }
                    }
                    return "Unknown";
                }),
                "Message",
                Cell.text(component ->
                        component.path("conditions").path(0).path("message").asString("")),
                "Error",
                Cell.text(component ->
                        component.path("conditions").path(0).path("error").asString("")));
    }

    private static Map<String, Cell> bindings() {
        return Map.of(
                "Role",
                Cell.text(binding -> get(binding, "roleRef.kind").asString("") + "/"
                        + get(binding, "roleRef.name").asString("")),
                "Users",
                Cell.text(binding -> subjects(binding, "User")),
                "Groups",
                Cell.text(binding -> subjects(binding, "Group")),
                "ServiceAccounts",
                Cell.text(binding -> subjects(binding, "ServiceAccount")));
    }

    private static String subjects(JsonNode binding, String kind) {
        List<String> names = new ArrayList<>();
        for (JsonNode subject : binding.path("subjects")) {
            if (subject.path("kind").asString("").equals(kind)) {
                String name = subject.path("name").asString("");
                names.add(
                        kind.equals("ServiceAccount")
                                ? subject.path("namespace").asString("") + "/" + name
                                : name);
            }
        }
        return String.join(", ", names);
    }

    private static Map<String, Cell> apiServices() {
        return Map.of(
                "Service",
                Cell.text(o -> {
                    JsonNode service = get(o, "spec.service");
                    return service.isMissingNode()
                            ? "Local"
                            : service.path("namespace").asString("") + "/"
                                    + service.path("name").asString("");
                }),
                "Available",
                Cell.text(o -> {
                    for (JsonNode condition : get(o, "status.conditions")) {
                        if (condition.path("type").asString("").equals("Available")) {
                            String status = condition.path("status").asString("");
                            return status.equals("True")
                                    ? status
                                    : status + " (" + condition.path("reason").asString("") + ")";
                        }
                    }
                    return "Unknown";
                }));
    }

    private static Map<String, Cell> signingRequests() {
        return Map.of(
                "SignerName", Cell.at("spec.signerName", NONE),
                "Requestor", Cell.at("spec.username"),
                "Condition",
                        Cell.text(request -> {
                            List<String> conditions = Cell.each(get(request, "status.conditions"), "type");
                            if (!get(request, "status.certificate").isMissingNode()) {
                                conditions.add("Issued");
                            }
                            return conditions.isEmpty() ? "Pending" : String.join(",", conditions);
                        }));
    }

    private static Map<String, Map<String, Cell>> storage() {
        String prefix = "/apis/storage.k8s.io/v1/";
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put(
                prefix + "storageclasses",
                Map.of(
                        "Name",
                        Cell.text(o -> get(o, "metadata.name").asString("")
                                + (get(o, "metadata.annotations")
                                                .path("storageclass.kubernetes.io/is-default-class")
                                                .asString("")
                                                .equals("true")
                                        ? " (default)"
                                        : "")),
                        "Provisioner",
                        Cell.at("provisioner"),
                        "ReclaimPolicy",
                        Cell.at("reclaimPolicy", "Delete"),
                        "VolumeBindingMode",
                        Cell.at("volumeBindingMode", "Immediate"),
                        "AllowVolumeExpansion",
                        Cell.text(o ->
                                String.valueOf(o.path("allowVolumeExpansion").asBoolean(false)))));
        all.put(
                prefix + "csidrivers",
                Map.of(
                        "AttachRequired", Cell.at("spec.attachRequired", "true"),
                        "PodInfoOnMount", Cell.at("spec.podInfoOnMount", "false"),
                        "Modes", Cell.text(o -> String.join(",", Cell.texts(get(o, "spec.volumeLifecycleModes"))))));
        all.put(
                prefix + "csistoragecapacities",
                Map.of("StorageClassName", Cell.at("storageClassName"), "Capacity", Cell.at("capacity", Cell.UNSET)));
        all.put(prefix + "volumeattributesclasses", Map.of("DriverName", Cell.at("driverName")));
        all.put(prefix + "csinodes", Map.of("Drivers", Cell.sizeOf("spec.drivers")));
        all.put(
                prefix + "volumeattachments",
                Map.of(
                        "Attacher", Cell.at("spec.attacher"),
                        "PV", Cell.at("spec.source.persistentVolumeName"),
                        "Node", Cell.at("spec.nodeName"),
                        "Attached", Cell.at("status.attached", "false")));
        return all;
    }
}
