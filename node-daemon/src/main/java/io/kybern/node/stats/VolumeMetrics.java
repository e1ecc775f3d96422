package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What a kubelet's metrics tell of claims, in the Prometheus text format. Pure. See <a
 * href="https://kubernetes.io/docs/reference/instrumentation/metrics/">the metrics of Kubernetes</a>.
 */
final class VolumeMetrics {

    private record Claim(String namespace, String name) implements Comparable<Claim> {
        @Override
        public int compareTo(Claim other) {
            int order = namespace.compareTo(other.namespace);
            return order == 0 ? name.compareTo(other.name) : order;
        }
    }

    private VolumeMetrics() {}

    /** @param volumes what the volumes hold, by the pods' uids */
    static String of(Collection<Pod> pods, Map<String, List<VolumeUsage>> volumes) {
        Map<Claim, VolumeUsage> claims = new TreeMap<>();
        for (Pod pod : pods) {
            ObjectMeta meta = pod.getMetadata();
            for (VolumeUsage usage : volumes.getOrDefault(meta.getUid(), List.of())) {
                if (usage.claim() != null) {
                    claims.put(new Claim(meta.getNamespace(), usage.claim()), usage);
                }
            }
        }
        StringBuilder out = new StringBuilder();
        series(out, "capacity_bytes", "Capacity in bytes of the volume", claims, u -> u.space()
                .capacity());
        series(out, "available_bytes", "Number of available bytes in the volume", claims, u -> u.space()
                .available());
        series(out, "used_bytes", "Number of used bytes in the volume", claims, u -> u.space()
                .used());
        series(out, "inodes", "Maximum number of inodes in the volume", claims, u -> u.inodes()
                .capacity());
        series(out, "inodes_free", "Number of free inodes in the volume", claims, u -> u.inodes()
                .available());
        series(out, "inodes_used", "Number of used inodes in the volume", claims, u -> u.inodes()
                .used());
        return out.toString();
    }

    private static void series(
            StringBuilder out,
            String name,
            String help,
            Map<Claim, VolumeUsage> claims,
            ToLongFunction<VolumeUsage> value) {
        if (claims.isEmpty()) {
            return;
        }
        String full = "kubelet_volume_stats_" + name;
        out.append("# HELP ").append(full).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(full).append(" gauge\n");
        // names of objects need no escapes
        claims.forEach((claim, usage) -> out.append(full)
                .append("{namespace=\"")
                .append(claim.namespace())
                .append("\",persistentvolumeclaim=\"")
                .append(claim.name())
                .append("\"} ")
                .append(value.applyAsLong(usage))
                .append('\n'));
    }
}
