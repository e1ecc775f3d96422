package io.kybern.node.stats;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page {@code /stats/summary} of a kubelet. Pure. See <a
 * href="https://kubernetes.io/docs/reference/instrumentation/node-metrics/#summary-api-source">node metrics</a>.
 */
final class SummaryPage {

    private SummaryPage() {}

    /** @param volumes what the volumes hold, by the pods' uids */
    static String of(String node, NodeUsage now, Map<String, List<VolumeUsage>> volumes) {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        ObjectNode about = page.putObject("node");
        about.put("nodeName", node);
        Usage all = now.node();
        if (all != null) {
            cpu(about.putObject("cpu"), all, now.nodeRate());
            ObjectNode memory = about.putObject("memory");
            memory(memory, all);
            memory.put("availableBytes", Math.max(0, now.memoryBytes() - all.workingSetBytes()));
            about.putObject("fs")
                    .put("time", text(all.at()))
                    .put("availableBytes", now.disk().availableBytes())
                    .put("capacityBytes", now.disk().capacityBytes())
                    .put("usedBytes", now.disk().capacityBytes() - now.disk().availableBytes());
        }
        var pods = page.putArray("pods");
        now.pods()
                .forEach(pod -> pod(
                        pods.addObject(),
                        pod,
                        volumes.getOrDefault(pod.pod().getMetadata().getUid(), List.of())));
        return page.toString();
    }

    private static void pod(ObjectNode out, NodeUsage.PodUsage usage, List<VolumeUsage> volumes) {
        Pod pod = usage.pod();
        out.putObject("podRef")
                .put("name", pod.getMetadata().getName())
                .put("namespace", pod.getMetadata().getNamespace())
                .put("uid", pod.getMetadata().getUid());
        if (pod.getStatus() != null) {
            out.put("startTime", pod.getStatus().getStartTime());
        }
        var containers = out.putArray("containers");
        for (NodeUsage.ContainerUsage container : usage.containers()) {
            ObjectNode one = containers.addObject();
            one.put("name", container.name());
            one.put("startTime", container.startedAt() == null ? null : text(container.startedAt()));
            cpu(one.putObject("cpu"), container.usage(), container.rate());
            memory(one.putObject("memory"), container.usage());
        }
        usage.total().ifPresent(total -> {
            cpu(out.putObject("cpu"), total, usage.rate());
            memory(out.putObject("memory"), total);
            Traffic traffic = usage.traffic();
            if (traffic != null) {
                out.putObject("network")
                        .put("time", text(total.at()))
                        .put("name", "eth0")
                        .put("rxBytes", traffic.receivedBytes())
                        .put("txBytes", traffic.sentBytes());
            }
        });
        if (!volumes.isEmpty()) {
            var all = out.putArray("volume");
            volumes.forEach(each -> volume(all.addObject(), pod, each));
        }
    }

    private static void volume(ObjectNode out, Pod pod, VolumeUsage usage) {
        out.put("time", text(usage.at()))
                .put("availableBytes", usage.space().available())
                .put("capacityBytes", usage.space().capacity())
                .put("usedBytes", usage.space().used())
                .put("inodesFree", usage.inodes().available())
                .put("inodes", usage.inodes().capacity())
                .put("inodesUsed", usage.inodes().used())
                .put("name", usage.volume());
        if (usage.claim() != null) {
            out.putObject("pvcRef")
                    .put("name", usage.claim())
                    .put("namespace", pod.getMetadata().getNamespace());
        }
    }

    private static void cpu(ObjectNode out, Usage usage, @Nullable Long rate) {
        out.put("time", text(usage.at()));
        if (rate != null) {
            out.put("usageNanoCores", rate);
        }
        out.put("usageCoreNanoSeconds", usage.cpuNanos());
    }

    private static void memory(ObjectNode out, Usage usage) {
        out.put("time", text(usage.at()))
                .put("usageBytes", usage.memoryBytes())
                .put("workingSetBytes", usage.workingSetBytes())
                .put("rssBytes", usage.rssBytes());
    }

    private static String text(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
