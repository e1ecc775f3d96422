package io.kybern.apiserver.authz;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The names of what a pod refers to in its namespace. */
final class PodReferences {

    private static final Set<String> CONTAINERS = Set.of("containers", "initContainers", "ephemeralContainers");

    private PodReferences() {}

    static String account(JsonNode pod) {
        return pod.path("spec").path("serviceAccountName").asString("");
    }

    static Set<String> secrets(JsonNode pod) {
        Set<String> names = new HashSet<>();
        JsonNode spec = pod.path("spec");
        spec.path("imagePullSecrets").forEach(each -> add(names, each.path("name")));
        environment(spec, "secretRef", "secretKeyRef", names);
        for (JsonNode volume : spec.path("volumes")) {
            add(names, volume.path("secret").path("secretName"));
            for (String kind : Set.of("cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")) {
                add(names, volume.path(kind).path("secretRef").path("name"));
            }
            add(names, volume.path("azureFile").path("secretName"));
            add(names, volume.path("csi").path("nodePublishSecretRef").path("name"));
            volume.path("projected")
                    .path("sources")
                    .forEach(source -> add(names, source.path("secret").path("name")));
        }
        return names;
    }

    static Set<String> configMaps(JsonNode pod) {
        Set<String> names = new HashSet<>();
        JsonNode spec = pod.path("spec");
        environment(spec, "configMapRef", "configMapKeyRef", names);
        for (JsonNode volume : spec.path("volumes")) {
            add(names, volume.path("configMap").path("name"));
            volume.path("projected")
                    .path("sources")
                    .forEach(source -> add(names, source.path("configMap").path("name")));
        }
        return names;
    }

    static Set<String> claims(JsonNode pod) {
        Set<String> names = new HashSet<>();
        for (JsonNode volume : pod.path("spec").path("volumes")) {
            add(names, volume.path("persistentVolumeClaim").path("claimName"));
            if (volume.has("ephemeral")) {
                names.add(pod.path("metadata").path("name").asString("") + "-"
                        + volume.path("name").asString(""));
            }
        }
        return names;
    }

    private static void environment(JsonNode spec, String whole, String key, Set<String> names) {
        for (String list : CONTAINERS) {
            for (JsonNode container : spec.path(list)) {
                container
                        .path("envFrom")
                        .forEach(each -> add(names, each.path(whole).path("name")));
                container
                        .path("env")
                        .forEach(each ->
                                add(names, each.path("valueFrom").path(key).path("name")));
            }
        }
    }

    private static void add(Set<String> names, JsonNode name) {
        if (name.isString()) {
            names.add(name.asString());
        }
    }
}
