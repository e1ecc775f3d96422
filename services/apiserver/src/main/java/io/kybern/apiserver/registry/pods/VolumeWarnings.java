package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.volumes.ClaimWarnings;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** What the creator of a pod should hear of its volumes: types that are gone, and files that are in each other's way. */
final class VolumeWarnings {

    /** Pairs of paths that are compared at most: all of a pod with some hundred files. The paths after these are not looked at. */
    private static final int MAX_COMPARISONS = 100_000;

    private static final String COLLISION = "%s: \"%s\" with \"%s\"";

    /** Types of volumes, what Kubernetes calls them here, and since when they do nothing. */
    private static final List<List<String>> OLD = List.of(
            List.of("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
            List.of("gitRepo", "gitRepo", "deprecated in v1.11"),
            List.of("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
            List.of("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
            List.of("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
            List.of("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
            List.of("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
            List.of("ephemeral", "ephemeral", ""),
            List.of("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
            List.of("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"));

    private final List<String> warnings = new ArrayList<>();
    private int comparisons;

    private VolumeWarnings() {}

    static List<String> of(JsonNode volumes, FieldPath field) {
        VolumeWarnings warnings = new VolumeWarnings();
        int index = 0;
        for (JsonNode volume : volumes) {
            warnings.old(volume, field.index(index++));
        }
        volumes.forEach(warnings::overlaps);
        return warnings.warnings;
    }

    private void old(JsonNode volume, FieldPath field) {
        for (List<String> old : OLD) {
            if (!volume.has(old.get(0))) {
                continue;
            }
            if (old.get(0).equals("ephemeral")) {
                JsonNode spec =
                        volume.path("ephemeral").path("volumeClaimTemplate").path("spec");
                warnings.addAll(ClaimWarnings.of(
                        spec, field.child("ephemeral", "volumeClaimTemplate").child("spec")));
            } else {
                warnings.add(field.child(old.get(1)) + ": " + old.get(2));
            }
        }
    }

    private void overlaps(JsonNode volume) {
        String start = "volume \"%s\" (".formatted(volume.path("name").asString(""));
        collisions(paths(volume.path("configMap")), start + named("ConfigMap", volume.path("configMap"), "name"));
        collisions(paths(volume.path("secret")), start + named("Secret", volume.path("secret"), "secretName"));
        collisions(paths(volume.path("downwardAPI")), start + "DownwardAPI): overlapping paths");
        TreeSet<String> all = new TreeSet<>();
        for (JsonNode source : volume.path("projected").path("sources")) {
            if (source.isEmpty()) {
                warnings.add(start + "Projected) has no sources provided");
                continue;
            }
            projected(source, start + "Projected ", all);
        }
    }

    private static String named(String kind, JsonNode source, String name) {
        return "%s \"%s\"): overlapping paths".formatted(kind, source.path(name).asString(""));
    }

    private static List<String> paths(JsonNode source) {
        List<String> paths = new ArrayList<>();
        source.path("items").forEach(item -> paths.add(item.path("path").asString("")));
        return paths;
    }

    private void projected(JsonNode source, String start, TreeSet<String> all) {
        if (comparisons >= MAX_COMPARISONS) {
            return;
        }
        List<String> paths = List.of();
        String text = "";
        JsonNode bundle = source.path("clusterTrustBundle");
        if (source.path("configMap").has("items")) {
            paths = paths(source.path("configMap"));
            text = named("ConfigMap", source.path("configMap"), "name");
        } else if (source.path("secret").has("items")) {
            paths = paths(source.path("secret"));
            text = named("Secret", source.path("secret"), "name");
        } else if (source.path("downwardAPI").has("items")) {
            paths = paths(source.path("downwardAPI"));
            text = "DownwardAPI): overlapping paths";
        } else if (source.has("serviceAccountToken")) {
            paths = List.of(source.path("serviceAccountToken").path("path").asString(""));
            text = "ServiceAccountToken): overlapping paths";
        } else if (bundle.isObject()) {
            paths = List.of(bundle.path("path").asString(""));
            text = named("ClusterTrustBundle", bundle, bundle.has("name") ? "name" : "signerName");
        }
        collisions(paths, start + text);
        // those of the sources before it come in as well
        List<String> own = new ArrayList<>(new TreeSet<>(paths));
        List<String> together = new ArrayList<>(own);
        together.addAll(all);
        together.sort(null);
        if (!own.isEmpty()) {
            collisions(together, start + text);
        }
        all.addAll(own);
    }

    private void collisions(List<String> paths, String text) {
        TreeSet<String> seen = new TreeSet<>();
        for (String path : paths) {
            if (comparisons >= MAX_COMPARISONS) {
                return;
            }
            String plain = withoutSlashes(path);
            for (String other : seen) {
                comparisons++;
                if (overlap(other, plain)) {
                    warnings.add(COLLISION.formatted(text, plain, other));
                    break;
                }
            }
            seen.add(plain);
        }
    }

    private static String withoutSlashes(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    /** Neither ends with a slash, so it does not matter whether one is put behind the longer of them before. */
    private static boolean overlap(String one, String other) {
        return !one.isEmpty() && !other.isEmpty() && (one.startsWith(other) || other.startsWith(one));
    }
}
